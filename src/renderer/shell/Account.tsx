import { Menu } from '@mantine/core'
import { LogOut } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { SessionView } from '../../shared/session.ts'
import { useQueue } from '../data/queries.ts'
import { useServices } from '../data/services.tsx'
import { useNow } from '../data/use-now.ts'
import { holdWordsOf } from '../transfers/hold-words.ts'
import classes from './account.module.css'
import { initialsOf } from './initials.ts'
import { useToasts } from './toasts.tsx'

type AccountProps = { session: Extract<SessionView, { state: 'signed_in' }>; engineIsReady: boolean }

/** Who is signed in where, and how the connection is; the way out. */
export const Account = ({ session, engineIsReady }: AccountProps) => {
  const { t } = useTranslation()
  const { api, formats } = useServices()
  const { orTell } = useToasts()
  const queue = useQueue().data
  const now = useNow(null)

  const connection = (): { words: string; signal: 'good' | 'waiting' | 'resting' } => {
    if (!engineIsReady) return { words: t('account.starting'), signal: 'waiting' }
    if (queue?.hold) {
      const cause = holdWordsOf(t, formats, queue.hold, now).title.replace(/\.$/, '')
      const since = t('account.since', { cause, time: formats.time(queue.hold.since) })
      return { words: queue.hold.until === null ? since : cause, signal: 'waiting' }
    }
    if (queue?.paused) return { words: t('account.paused'), signal: 'resting' }
    return { words: t('account.connected', { broker: session.brokerName }), signal: 'good' }
  }
  const { words, signal } = connection()
  const name = session.invitedBy === undefined ? session.label : t('account.invitedBy', { from: session.invitedBy })
  const [only, ...others] = session.purposes
  const place = only && others.length === 0 ? only.label : new URL(session.brokerUrl).host

  return (
    <div className={classes.account}>
      <p className={classes.connection} data-signal={signal}>
        <span className={classes.words}>{words}</span>
      </p>
      <Menu position="top-start" width={220} withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <button type="button" className={classes.person} aria-label={`${t('account.label')}: ${name}`}>
            <span className={classes.initials} data-signal={signal} aria-hidden>
              {initialsOf(session.invitedBy ?? session.label)}
            </span>
            <span className={classes.names}>
              <bdi className={classes.name}>{name}</bdi>
              <bdi className={classes.place}>{place}</bdi>
            </span>
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {!session.remembered && <Menu.Label className={classes.notice}>{t('account.notRemembered')}</Menu.Label>}
          <Menu.Item
            leftSection={<LogOut size={15} strokeWidth={1.75} aria-hidden />}
            onClick={() => void orTell(api.session.signOut())}
          >
            {t('account.signOut')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  )
}
