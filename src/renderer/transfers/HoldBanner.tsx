import { useTranslation } from 'react-i18next'
import { useServices } from '../data/services.tsx'
import { Button } from '../shell/Button.tsx'
import { useToasts } from '../shell/toasts.tsx'
import { type Hold, holdIcon } from './appearance.ts'
import classes from './hold-banner.module.css'
import { holdWordsOf } from './hold-words.ts'
import { StateIcon } from './StateIcon.tsx'

type HoldBannerProps = { hold: Hold; onSignIn: () => void }

const needsYou: readonly string[] = ['signed_out', 'clock_skew', 'disk_full']

/** The one voice of a cause that keeps everything waiting. */
export const HoldBanner = ({ hold, onSignIn }: HoldBannerProps) => {
  const { t } = useTranslation()
  const { api, formats } = useServices()
  const { orTell } = useToasts()
  if (!hold) return <div role="status" />

  const tone = hold.kind === 'paused' ? 'resting' : needsYou.includes(hold.kind) ? 'needs-you' : 'waiting'
  const words =
    hold.kind === 'paused'
      ? { title: t('banner.paused.title'), text: t('banner.paused.text') }
      : holdWordsOf(t, hold.kind)
  return (
    <div role="status" className={classes.banner} data-tone={tone}>
      <StateIcon name={holdIcon(hold.kind)} />
      <p className={classes.words}>
        <strong>{words.title}</strong> {words.text}
      </p>
      {hold.since !== null && (
        <span className={classes.since}>{t('banner.since', { time: formats.time(hold.since) })}</span>
      )}
      {hold.kind === 'signed_out' && (
        <Button size="small" className={classes.action} onClick={onSignIn}>
          {t('banner.signIn')}
        </Button>
      )}
      {hold.kind !== 'signed_out' && hold.kind !== 'paused' && (
        <Button size="small" className={classes.action} onClick={() => void orTell(api.queue.tryNow())}>
          {t('banner.checkNow')}
        </Button>
      )}
    </div>
  )
}
