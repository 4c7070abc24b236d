import { useTranslation } from 'react-i18next'
import type { FolderDraft } from '../../shared/folder.ts'
import type { Purpose } from '../../shared/session.ts'
import { Dialog } from '../shell/Dialog.tsx'
import { useLast } from '../shell/use-last.ts'
import { visibleName } from '../transfers/file-name.ts'
import { RefusedFolder } from './RefusedFolder.tsx'
import { WatchForm } from './WatchForm.tsx'

type WatchDialogProps = {
  /** The folder to ask about; null: closed. */
  draft: FolderDraft | null
  purposes: readonly Purpose[]
  onChooseAnother: () => void
  onStarted: () => void
  onClose: () => void
}

/** Shows what would be uploaded from a folder before it is watched, or why it cannot be. */
export const WatchDialog = ({ draft, purposes, onChooseAnother, onStarted, onClose }: WatchDialogProps) => {
  const { t } = useTranslation()
  const shown = useLast(draft)
  const name = visibleName(shown?.name ?? '')
  const refusal = shown?.refusal ?? null
  return (
    <Dialog
      opened={draft !== null}
      onClose={onClose}
      title={t(refusal ? 'folders.refused.title' : 'folders.watch.title', { name })}
      size={refusal ? 480 : 642}
      yOffset="3dvh"
      closeOnClickOutside={refusal !== null}
    >
      {shown && refusal && (
        <RefusedFolder path={shown.path} refusal={refusal} onChooseAnother={onChooseAnother} onClose={onClose} />
      )}
      {shown && !refusal && (
        <WatchForm key={shown.id} draft={shown} purposes={purposes} onStarted={onStarted} onCancel={onClose} />
      )}
    </Dialog>
  )
}
