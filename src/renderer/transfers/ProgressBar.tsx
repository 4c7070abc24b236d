import type { CSSProperties } from 'react'
import classes from './progress-bar.module.css'

type ProgressBarProps = {
  label: string
  acknowledged: number
  inFlight: number
  size: number
  /** Stored, but nothing moves. */
  resting: boolean
  percent: number
  spoken: string
  shape?: 'row' | 'total'
}

const share = (bytes: number, size: number): string => `${size > 0 ? Math.min(100, (100 * bytes) / size) : 0}%`

/** Tide is what S3 acknowledged, brass what is sent and not acknowledged, in true width. */
export const ProgressBar = (props: ProgressBarProps) => {
  const { label, acknowledged, inFlight, size, resting, percent, spoken, shape = 'row' } = props
  const widths = { '--stored': share(acknowledged, size), '--in-flight': share(inFlight, size) } as CSSProperties
  return (
    <div
      role="progressbar"
      className={classes.bar}
      data-shape={shape}
      data-resting={resting || undefined}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={spoken}
      style={widths}
    >
      <span className={classes.stored} />
      {inFlight > 0 && <span className={classes.flight} />}
    </div>
  )
}
