import { Radio } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type FolderCounts, type FolderView, removeFolderSchema } from '../../shared/folder.ts'
import { useServices } from '../data/services.tsx'
import { Button } from '../shell/Button.tsx'
import { Dialog } from '../shell/Dialog.tsx'
import { useLast } from '../shell/use-last.ts'
import { visibleName } from '../transfers/file-name.ts'
import { DialogEnd } from './DialogEnd.tsx'
import classes from './folder-dialogs.module.css'
import { useAsking } from './use-asking.ts'

type RemoveDialogProps = {
  /** The folder to ask about; null: closed. */
  folder: FolderView | null
  onClose: () => void
}

/** Asks before a folder is no longer watched. */
export const RemoveDialog = ({ folder, onClose }: RemoveDialogProps) => {
  const { t } = useTranslation()
  const shown = useLast(folder)
  return (
    <Dialog
      opened={folder !== null}
      onClose={onClose}
      title={t('folders.removing.title', { name: visibleName(shown?.name ?? '') })}
      size={480}
    >
      {shown && <RemoveForm folder={shown} onClose={onClose} />}
    </Dialog>
  )
}

const { options: histories } = removeFolderSchema.shape.history

const notUploaded = ({ waiting, beingWritten, uploading, failed }: FolderCounts): number =>
  waiting + beingWritten + uploading + failed

const RemoveForm = ({ folder, onClose }: { folder: FolderView; onClose: () => void }) => {
  const { t } = useTranslation()
  const { api } = useServices()
  const [history, setHistory] = useState<(typeof histories)[number]>('keep')
  const { asking, failure, ask } = useAsking()
  const open = notUploaded(folder.counts)
  return (
    <div className={classes.form}>
      <p className={classes.text}>
        {t('folders.removing.text')} {open > 0 && t('folders.removing.open', { count: open })}
      </p>
      <Radio.Group
        label={t('folders.removing.history')}
        value={history}
        onChange={(chosen) => setHistory(chosen === 'forget' ? 'forget' : 'keep')}
      >
        <div className={classes.choices}>
          {histories.map((value) => (
            <Radio
              key={value}
              value={value}
              label={t(`folders.removing.${value}`)}
              description={t(`folders.removing.${value}Text`)}
              data-autofocus={value === history || undefined}
            />
          ))}
        </div>
      </Radio.Group>
      <DialogEnd failure={failure} onCancel={onClose}>
        <Button
          look="remedy"
          aria-disabled={asking}
          onClick={() => void ask(() => api.folders.remove({ id: folder.id, history }), onClose)}
        >
          {t('folders.removing.confirm')}
        </Button>
      </DialogEnd>
    </div>
  )
}
