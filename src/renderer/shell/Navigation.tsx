import { NativeSelect } from '@mantine/core'
import { ArrowUpDown, FolderPlus, FolderSync, type LucideIcon, Plus, Settings, Target, UserPlus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Purpose, SessionView } from '../../shared/session.ts'
import appIcon from '../assets/app-icon.svg'
import { useFolders, useQueue } from '../data/queries.ts'
import { useServices } from '../data/services.tsx'
import { countLeft } from '../transfers/total.ts'
import { Account } from './Account.tsx'
import classes from './navigation.module.css'
import type { PageName } from './page-name.ts'

type NavigationProps = {
  session: Extract<SessionView, { state: 'signed_in' }>
  engineIsReady: boolean
  page: PageName
  /** Those that drops can go to. */
  purposes: readonly Purpose[]
  purpose: Purpose | null
  onPurpose: (name: string) => void
  onAddFiles: () => void
  onAddFolder: () => void
  /** Null where nobody can be invited. */
  onInvite: (() => void) | null
}

/** From here the badge counts in thousands. */
const mostCounted = 99_999

export const Navigation = (props: NavigationProps) => {
  const { session, engineIsReady, page, purposes, purpose, onPurpose, onAddFiles, onAddFolder, onInvite } = props
  const { t } = useTranslation()
  const { formats } = useServices()
  const queue = useQueue().data
  const watched = useFolders().data?.length ?? 0
  const left = queue ? countLeft(queue) : 0
  const leftWords =
    left > mostCounted ? t('navigation.manyThousand', { thousands: Math.floor(left / 1_000) }) : formats.count(left)
  const linkWords =
    left > 0 ? `${t('navigation.transfers')}, ${t('navigation.left', { left: leftWords })}` : t('navigation.transfers')
  return (
    <nav className={classes.navigation} aria-label={t('navigation.label')}>
      <div className={classes.logo}>
        <img src={appIcon} alt="" width={28} height={28} />
        <span className={classes.wide}>{t('app.name')}</span>
      </div>
      <div className={classes.add}>
        <ActionButton icon={Plus} words={t('navigation.addFiles')} onClick={onAddFiles} />
        <ActionButton icon={FolderPlus} words={t('navigation.addFolder')} onClick={onAddFolder} />
        {onInvite && <ActionButton icon={UserPlus} words={t('navigation.invite')} onClick={onInvite} />}
      </div>
      {purposes.length > 1 && purpose && (
        <NativeSelect
          className={classes.purpose ?? ''}
          leftSection={<Target size={17} strokeWidth={1.75} aria-hidden />}
          title={`${t('navigation.purpose')}: ${purpose.label}`}
          label={t('navigation.purpose')}
          value={purpose.name}
          data={purposes.map(({ name, label }) => ({ value: name, label }))}
          onChange={(event) => onPurpose(event.currentTarget.value)}
        />
      )}
      <PageLink
        icon={ArrowUpDown}
        name="transfers"
        current={page}
        label={linkWords}
        count={left > 0 ? leftWords : null}
      />
      <PageLink
        icon={FolderSync}
        name="folders"
        current={page}
        label={watched > 0 ? t('navigation.foldersCounted', { count: watched }) : t('navigation.folders')}
        count={watched > 0 ? formats.count(watched) : null}
      />
      <PageLink icon={Settings} name="settings" current={page} label={t('navigation.settings')} count={null} />
      <Account session={session} engineIsReady={engineIsReady} />
    </nav>
  )
}

type ActionButtonProps = { icon: LucideIcon; words: string; onClick: () => void }

const ActionButton = ({ icon: Icon, words, onClick }: ActionButtonProps) => (
  <button type="button" className={classes.button} aria-label={words} title={words} onClick={onClick}>
    <Icon size={17} strokeWidth={1.75} aria-hidden />
    <span className={classes.wide}>{words}</span>
  </button>
)

type PageLinkProps = {
  icon: LucideIcon
  name: PageName
  current: PageName
  /** Says the count, too. */
  label: string
  count: string | null
}

const PageLink = ({ icon: Icon, name, current, label, count }: PageLinkProps) => {
  const { t } = useTranslation()
  return (
    <a
      className={classes.item}
      href={`#${name}`}
      aria-current={name === current ? 'page' : undefined}
      aria-label={label}
      title={t(`navigation.${name}`)}
    >
      <Icon size={17} strokeWidth={1.75} aria-hidden />
      <span className={classes.wide}>{t(`navigation.${name}`)}</span>
      {count !== null && <span className={classes.count}>{count}</span>}
    </a>
  )
}
