import { CirclePause, Eye, FolderSearch, type LucideIcon, RefreshCw, Unplug } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { FolderActivity } from '../../shared/folder.ts'
import classes from './folder-card.module.css'
import { folderStateWords, folderToneOf } from './folder-words.ts'

const icons: Readonly<Record<FolderActivity['state'], LucideIcon>> = {
  looking: FolderSearch,
  watching: Eye,
  polling: RefreshCw,
  paused: CirclePause,
  unavailable: Unplug,
}

/** The chip that says what a folder is doing. */
export const FolderState = ({ activity }: { activity: FolderActivity }) => {
  const { t } = useTranslation()
  const Icon = icons[activity.state]
  return (
    <span className={classes.state} data-tone={folderToneOf(activity)}>
      <Icon size={14} strokeWidth={1.75} aria-hidden />
      {folderStateWords(t, activity)}
    </span>
  )
}
