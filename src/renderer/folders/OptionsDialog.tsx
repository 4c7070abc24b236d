import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FolderOptions, FolderView } from '../../shared/folder.ts'
import { useServices } from '../data/services.tsx'
import { Button } from '../shell/Button.tsx'
import { Dialog } from '../shell/Dialog.tsx'
import { useLast } from '../shell/use-last.ts'
import { visibleName } from '../transfers/file-name.ts'
import { DialogEnd } from './DialogEnd.tsx'
import { FolderContents } from './FolderContents.tsx'
import classes from './folder-dialogs.module.css'
import { useAsking } from './use-asking.ts'

type OptionsDialogProps = {
  /** The watched folder whose options are open; null: closed. */
  folder: FolderView | null
  onClose: () => void
}

/** Changes the rules and options of a watched folder, and shows what they do before they are saved. */
export const OptionsDialog = ({ folder, onClose }: OptionsDialogProps) => {
  const { t } = useTranslation()
  const shown = useLast(folder)
  return (
    <Dialog
      opened={folder !== null}
      onClose={onClose}
      title={t('folders.edit.title', { name: visibleName(shown?.name ?? '') })}
      size={642}
      yOffset="3dvh"
      closeOnClickOutside={false}
    >
      {shown && <OptionsForm key={shown.id} folder={shown} onClose={onClose} />}
    </Dialog>
  )
}

const OptionsForm = ({ folder, onClose }: { folder: FolderView; onClose: () => void }) => {
  const { t } = useTranslation()
  const { api } = useServices()
  const [options, setOptions] = useState<FolderOptions>(folder.options)
  const { asking, failure, ask } = useAsking()
  return (
    <div className={classes.form}>
      <p className={classes.path}>
        <bdi dir="ltr">{visibleName(folder.path)}</bdi>
      </p>
      <FolderContents
        id={folder.id}
        path={folder.path}
        inside="keep"
        begin="rules"
        options={options}
        onOptions={setOptions}
      />
      <DialogEnd failure={failure} onCancel={onClose}>
        <Button
          look="filled"
          aria-disabled={asking}
          onClick={() => void ask(() => api.folders.change({ id: folder.id, options }), onClose)}
        >
          {t('folders.edit.save')}
        </Button>
      </DialogEnd>
    </div>
  )
}
