import { ArrowUpFromLine, FolderSync } from 'lucide-react'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { Purpose } from '../../shared/session.ts'
import { Dialog } from '../shell/Dialog.tsx'
import { useLast } from '../shell/use-last.ts'
import { visibleName } from '../transfers/file-name.ts'
import classes from './folder-dialogs.module.css'

type DroppedFolderDialogProps = {
  /** The folder that was dropped; null: closed. */
  folder: File | null
  /** Where it goes if it is uploaded once. */
  purpose: Purpose | null
  onUpload: (folder: File) => void
  onWatch: (folder: File) => void
  onClose: () => void
}

/** Asks what a folder was dropped for. */
export const DroppedFolderDialog = ({ folder, purpose, onUpload, onWatch, onClose }: DroppedFolderDialogProps) => {
  const { t } = useTranslation()
  const onceId = useId()
  const watchId = useId()
  const shown = useLast(folder)
  const answer = (take: (folder: File) => void) => {
    onClose()
    if (shown) take(shown)
  }
  return (
    <Dialog
      opened={folder !== null}
      onClose={onClose}
      title={t('folders.dropped.title', { name: visibleName(shown?.name ?? '') })}
      size={480}
    >
      <div className={classes.ways}>
        <button
          type="button"
          className={classes.way}
          data-autofocus
          aria-label={t('folders.dropped.once')}
          aria-describedby={onceId}
          onClick={() => answer(onUpload)}
        >
          <ArrowUpFromLine size={18} strokeWidth={1.75} aria-hidden />
          <strong>{t('folders.dropped.once')}</strong>
          <span id={onceId}>{t('folders.dropped.onceText', { purpose: purpose?.label ?? '' })}</span>
        </button>
        <button
          type="button"
          className={classes.way}
          aria-label={t('folders.dropped.watch')}
          aria-describedby={watchId}
          onClick={() => answer(onWatch)}
        >
          <FolderSync size={18} strokeWidth={1.75} aria-hidden />
          <strong>{t('folders.dropped.watch')}</strong>
          <span id={watchId}>{t('folders.dropped.watchText')}</span>
        </button>
      </div>
    </Dialog>
  )
}
