import { Pause, Play } from 'lucide-react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { TransferView } from '../../shared/transfer.ts'
import { useServices } from '../data/services.tsx'
import { useLiveTransfer } from '../data/use-live-transfer.ts'
import { useNow } from '../data/use-now.ts'
import { appearanceOf, type Hold } from './appearance.ts'
import { Explanation } from './Explanation.tsx'
import { FileName } from './FileName.tsx'
import { visibleName } from './file-name.ts'
import { percentStored } from './format.ts'
import { exactWords, measureWords, spokenProgress } from './measure-words.ts'
import { ProgressBar } from './ProgressBar.tsx'
import { RemedyButton } from './RemedyButton.tsx'
import { RowMenu } from './RowMenu.tsx'
import { possibleFor } from './remedy.ts'
import { progressWords, rowWords } from './row-words.ts'
import { StateIcon } from './StateIcon.tsx'
import classes from './transfer-row.module.css'
import type { RowActions } from './use-row-actions.ts'

type TransferRowProps = {
  row: TransferView
  hold: Hold
  /** The label of the row's purpose. */
  place: string
  selected: boolean
  /** What is said about its failure is open. */
  explained: boolean
  actions: RowActions
}

/** How often the words of a row change by time alone (ms). */
const tickOf = ({ activity }: TransferView): number | null => {
  if (activity === 'retrying') return 1_000
  return activity === 'paused' || activity === 'completed' ? 60_000 : null
}

/** The cells of one transfer, from its sign to its actions. */
export const TransferRow = memo(({ row, hold, place, selected, explained, actions }: TransferRowProps) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  const { transfer, live } = useLiveTransfer(row)
  const now = useNow(tickOf(transfer))
  const situation = { t, formats, hold, now, place }
  const { icon, tone, bar } = appearanceOf(transfer, hold)
  const { state, reason } = rowWords(transfer, situation)
  const measure = measureWords(t, formats, transfer, live)
  const percent = percentStored(transfer.acknowledged, transfer.size)
  const possible = possibleFor(transfer)
  const exact = exactWords(t, formats, transfer)
  const failure = transfer.activity === 'failed' ? transfer.failure : null
  const tabIndex = selected ? 0 : -1

  return (
    <>
      <td className={classes.icon} data-tone={tone} aria-hidden>
        <StateIcon name={icon} />
      </td>
      <td className={classes.what}>
        <FileName name={row.name} className={classes.name} />
        <div className={classes.sentence} data-tone={tone}>
          <span className={classes.state}>{state}</span>
          {reason !== null && (
            <>
              {' · '}
              {failure ? (
                <Explanation row={row} failure={failure} opened={explained} actions={actions} tabIndex={tabIndex}>
                  {reason}
                </Explanation>
              ) : (
                <bdi>{reason}</bdi>
              )}
            </>
          )}
        </div>
      </td>
      <td className={classes.progress} title={exact}>
        {failure ? (
          <RemedyButton row={row} failure={failure} actions={actions} tabIndex={tabIndex} />
        ) : (
          <>
            {bar !== 'none' && (
              <ProgressBar
                label={visibleName(row.name)}
                acknowledged={transfer.acknowledged}
                inFlight={bar === 'moving' ? (live?.inFlight ?? 0) : 0}
                size={transfer.size}
                resting={bar === 'resting'}
                percent={percent}
                spoken={spokenProgress(t, formats, transfer.acknowledged, transfer.size)}
              />
            )}
            {(bar !== 'none' || transfer.activity === 'completed') && (
              <span className={classes.percent} data-quiet={transfer.state !== 'queued' && transfer.state !== 'paused'}>
                <bdi>{progressWords(transfer, percent, situation)}</bdi>
              </span>
            )}
          </>
        )}
      </td>
      <td className={classes.measure} title={exact}>
        <bdi>{measure.first}</bdi>
        {measure.second !== null && <bdi className={classes.second}>{measure.second}</bdi>}
      </td>
      <td className={classes.actions}>
        {possible.pause && (
          <button
            type="button"
            className={classes.quick}
            aria-label={t('row.pause')}
            title={t('row.pause')}
            tabIndex={tabIndex}
            onClick={() => actions.pause(row)}
          >
            <Pause size={15} strokeWidth={1.75} aria-hidden />
          </button>
        )}
        {possible.resume && (
          <button
            type="button"
            className={classes.quick}
            aria-label={t('row.resume')}
            title={t('row.resume')}
            tabIndex={tabIndex}
            onClick={() => actions.resume(row)}
          >
            <Play size={15} strokeWidth={1.75} aria-hidden />
          </button>
        )}
        <RowMenu row={row} actions={actions} tabIndex={tabIndex} />
      </td>
    </>
  )
})
