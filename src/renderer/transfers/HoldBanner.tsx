import { useTranslation } from 'react-i18next'
import type { HoldKind } from '../../shared/transfer.ts'
import { useServices } from '../data/services.tsx'
import { useNow } from '../data/use-now.ts'
import { Button } from '../shell/Button.tsx'
import { goTo } from '../shell/page-name.ts'
import { useToasts } from '../shell/toasts.tsx'
import { type Hold, holdIcon } from './appearance.ts'
import classes from './hold-banner.module.css'
import { holdWordsOf } from './hold-words.ts'
import { StateIcon } from './StateIcon.tsx'

type HoldBannerProps = { hold: Hold; onSignIn: () => void }

const needsYou: readonly string[] = ['signed_out', 'clock_skew', 'disk_full']

/** What a person can do about it. */
const actionOf = (kind: HoldKind | 'paused'): 'signIn' | 'changeSchedule' | 'changeSettings' | 'checkNow' | null => {
  switch (kind) {
    case 'paused':
    case 'asleep':
      return null
    case 'signed_out':
      return 'signIn'
    case 'schedule':
      return 'changeSchedule'
    case 'on_battery':
      return 'changeSettings'
    default:
      return 'checkNow'
  }
}

/** The one voice of a cause that keeps everything waiting. */
export const HoldBanner = ({ hold, onSignIn }: HoldBannerProps) => {
  const { t } = useTranslation()
  const { api, formats } = useServices()
  const { orTell } = useToasts()
  const now = useNow(null)
  if (!hold) return <div role="status" />

  const tone = hold.kind === 'paused' ? 'resting' : needsYou.includes(hold.kind) ? 'needs-you' : 'waiting'
  const words =
    hold.kind === 'paused'
      ? { title: t('banner.paused.title'), text: t('banner.paused.text') }
      : holdWordsOf(t, formats, hold, now)
  const action = actionOf(hold.kind)
  const act = {
    signIn: onSignIn,
    changeSchedule: () => goTo('settings'),
    changeSettings: () => goTo('settings'),
    checkNow: () => void orTell(api.queue.tryNow()),
  }
  return (
    <div role="status" className={classes.banner} data-tone={tone}>
      <StateIcon name={holdIcon(hold.kind)} />
      <p className={classes.words}>
        <strong>{words.title}</strong> {words.text}
      </p>
      {hold.kind !== 'paused' && hold.until === null && (
        <span className={classes.since}>{t('banner.since', { time: formats.time(hold.since) })}</span>
      )}
      {action !== null && (
        <Button size="small" className={classes.action} onClick={act[action]}>
          {t(`banner.${action}`)}
        </Button>
      )}
    </div>
  )
}
