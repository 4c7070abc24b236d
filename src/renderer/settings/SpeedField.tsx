import { useTranslation } from 'react-i18next'
import { fastest, slowest } from '../../shared/settings.ts'
import { NumberField } from './NumberField.tsx'

type SpeedFieldProps = {
  label: string
  /** Bytes a second. */
  speed: number
  onSpeed: (bytesPerSecond: number) => void
}

const megabyte = 1_000_000

/** A speed in MB a second. */
export const SpeedField = ({ label, speed, onSpeed }: SpeedFieldProps) => {
  const { t } = useTranslation()
  return (
    <NumberField
      label={label}
      value={speed / megabyte}
      min={slowest / megabyte}
      max={fastest / megabyte}
      decimals={3}
      unit={t('units.rate', { unit: 'MB' })}
      onValue={(megabytes) => onSpeed(Math.round(megabytes * megabyte))}
    />
  )
}
