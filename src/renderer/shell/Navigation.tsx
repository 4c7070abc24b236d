import { NativeSelect } from '@mantine/core'
import { ArrowUpDown, FolderPlus, FolderSync, Plus, Settings, Target, UserPlus } from 'lucide-react'
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
        <button
          type="button"
          className={classes.button}
          aria-label={t('navigation.addFiles')}
          title={t('navigation.addFiles')}
          onClick={onAddFiles}
        >
          <Plus size={17} strokeWidth={1.75} aria-hidden />
          <span className={classes.wide}>{t('navigation.addFiles')}</span>
        </button>
        <button
          type="button"
          className={classes.button}
          aria-label={t('navigation.addFolder')}
          title={t('navigation.addFolder')}
          onClick={onAddFolder}
        >
          <FolderPlus size={17} strokeWidth={1.75} aria-hidden />
          <span className={classes.wide}>{t('navigation.addFolder')}</span>
        </button>
        {onInvite && (
          <button
            type="button"
            className={classes.button}
            aria-label={t('navigation.invite')}
            title={t('navigation.invite')}
            onClick={onInvite}
          >
            <UserPlus size={17} strokeWidth={1.75} aria-hidden />
            <span className={classes.wide}>{t('navigation.invite')}</span>
          </button>
        )}
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
      <a
        className={classes.item}
        href="#transfers"
        aria-current={page === 'transfers' ? 'page' : undefined}
        aria-label={linkWords}
        title={t('navigation.transfers')}
      >
        <ArrowUpDown size={17} strokeWidth={1.75} aria-hidden />
        <span className={classes.wide}>{t('navigation.transfers')}</span>
        {left > 0 && <span className={classes.count}>{leftWords}</span>}
      </a>
      <a
        className={classes.item}
        href="#folders"
        aria-current={page === 'folders' ? 'page' : undefined}
        aria-label={watched > 0 ? t('navigation.foldersCounted', { count: watched }) : t('navigation.folders')}
        title={t('navigation.folders')}
      >
        <FolderSync size={17} strokeWidth={1.75} aria-hidden />
        <span className={classes.wide}>{t('navigation.folders')}</span>
        {watched > 0 && <span className={classes.count}>{formats.count(watched)}</span>}
      </a>
      <a
        className={classes.item}
        href="#settings"
        aria-current={page === 'settings' ? 'page' : undefined}
        aria-label={t('navigation.settings')}
        title={t('navigation.settings')}
      >
        <Settings size={17} strokeWidth={1.75} aria-hidden />
        <span className={classes.wide}>{t('navigation.settings')}</span>
      </a>
      <Account session={session} engineIsReady={engineIsReady} />
    </nav>
  )
}
