import { Pause, Play } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { QueueStatus } from '../../shared/transfer.ts'
import { useServices } from '../data/services.tsx'
import { useNow } from '../data/use-now.ts'
import { Button } from '../shell/Button.tsx'
import { useToasts } from '../shell/toasts.tsx'
import classes from './header.module.css'
import { spokenProgress } from './measure-words.ts'
import { ProgressBar } from './ProgressBar.tsx'
import { timeLeftWords } from './time-words.ts'
import { totalPercent } from './total.ts'

const estimateStands = 5_000

/** The estimate as it was at the last 5-second step, so that it can be read. */
const useSteadyEstimate = (seconds: number | null): number | null => {
  const now = useNow(null)
  const [shown, setShown] = useState({ seconds, at: now })
  const isDue = seconds === null || shown.seconds === null || now - shown.at >= estimateStands
  if (isDue && shown.seconds !== seconds) {
    setShown({ seconds, at: now })
    return seconds
  }
  return shown.seconds
}

/** The whole queue in three numbers and a bar, and the one switch for all of it. */
export const Header = ({ queue }: { queue: QueueStatus }) => {
  const { t } = useTranslation()
  const { api, formats } = useServices()
  const { orTell } = useToasts()
  const still = queue.paused || queue.hold !== null
  const percent = totalPercent(queue)
  const rate = formats.rate(still ? 0 : queue.bytesPerSecond)
  const secondsLeft = useSteadyEstimate(still ? null : queue.secondsLeft)
  const canPause = queue.counts.active + queue.counts.waiting > 0

  return (
    <header className={classes.header}>
      <div className={classes.line}>
        <dl className={classes.readouts}>
          <div>
            <dt>{t('header.stored')}</dt>
            <dd>
              <bdi dir="ltr">
                <strong dir="ltr">{t('units.percent', { percent: formats.percent(percent) })}</strong>{' '}
                {t('units.of', formats.storedOf(queue.acknowledged, queue.size))}
              </bdi>
            </dd>
          </div>
          <div className={classes.timeLeft}>
            <dt>{t('header.timeLeft')}</dt>
            <dd>
              <strong>
                <bdi>{timeLeftWords(t, secondsLeft)}</bdi>
              </strong>
            </dd>
          </div>
          <div>
            <dt>{t('header.speed')}</dt>
            <dd>
              <bdi dir="ltr">
                <strong>{rate.value}</strong> {t('units.rate', { unit: rate.unit })}
              </bdi>
            </dd>
          </div>
        </dl>
        {queue.paused ? (
          <Button
            look="filled"
            className={classes.switch}
            aria-label={t('header.resumeAll')}
            title={t('header.resumeAll')}
            onClick={() => void orTell(api.queue.resume())}
          >
            <Play size={15} strokeWidth={1.75} aria-hidden />
            <span>{t('header.resumeAll')}</span>
          </Button>
        ) : (
          <Button
            className={classes.switch}
            aria-label={t('header.pauseAll')}
            title={t('header.pauseAll')}
            disabled={!canPause}
            onClick={() => void orTell(api.queue.pause())}
          >
            <Pause size={15} strokeWidth={1.75} aria-hidden />
            <span>{t('header.pauseAll')}</span>
          </Button>
        )}
      </div>
      <ProgressBar
        label={t('header.total')}
        shape="total"
        acknowledged={queue.acknowledged}
        inFlight={still ? 0 : queue.inFlight}
        size={queue.size}
        resting={still}
        percent={percent}
        spoken={spokenProgress(t, formats, queue.acknowledged, queue.size)}
      />
    </header>
  )
}
