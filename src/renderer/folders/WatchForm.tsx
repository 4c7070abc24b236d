import { NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type FolderDraft, type FolderOptions, startFolderSchema, usualFolderOptions } from '../../shared/folder.ts'
import type { Purpose } from '../../shared/session.ts'
import { useServices } from '../data/services.tsx'
import { Button } from '../shell/Button.tsx'
import { visibleName } from '../transfers/file-name.ts'
import { DialogEnd } from './DialogEnd.tsx'
import { FolderContents } from './FolderContents.tsx'
import classes from './folder-dialogs.module.css'
import { OptionSelect } from './OptionSelect.tsx'
import { useAsking } from './use-asking.ts'

type WatchFormProps = {
  draft: FolderDraft
  /** Never empty. Those that only folders can send for come first. */
  purposes: readonly Purpose[]
  onStarted: () => void
  onCancel: () => void
}

const { options: existingChoices } = startFolderSchema.shape.existing

/** Where a folder's files go, what becomes of those in it, and which they are. */
export const WatchForm = ({ draft, purposes, onStarted, onCancel }: WatchFormProps) => {
  const { t } = useTranslation()
  const { api } = useServices()
  const [purpose, setPurpose] = useState(purposes[0]?.name ?? '')
  const [existing, setExisting] = useState<(typeof existingChoices)[number]>('upload')
  const [options, setOptions] = useState<FolderOptions>(usualFolderOptions)
  const { asking, failure, ask } = useAsking()

  return (
    <div className={classes.form}>
      <p className={classes.path}>
        <bdi dir="ltr">{visibleName(draft.path)}</bdi>
      </p>
      <div className={classes.pair}>
        <NativeSelect
          label={t('folders.watch.purpose')}
          data-autofocus
          value={purpose}
          data={purposes.map(({ name, label }) => ({ value: name, label }))}
          onChange={({ currentTarget }) => setPurpose(currentTarget.value)}
        />
        <OptionSelect
          label={t('folders.watch.existing.label')}
          value={existing}
          choices={existingChoices}
          wordsOf={(choice) => t(`folders.watch.existing.${choice}`)}
          onValue={setExisting}
        />
      </div>
      {draft.isKnown && <p className={classes.text}>{t('folders.watch.known')}</p>}
      <FolderContents
        id={draft.id}
        path={draft.path}
        // what was uploaded then is counted, too
        inside={draft.isKnown && existing === 'upload' ? 'keep' : existing}
        begin="files"
        options={options}
        onOptions={setOptions}
      />
      <DialogEnd failure={failure} onCancel={onCancel}>
        <Button
          look="filled"
          aria-disabled={asking}
          onClick={() => void ask(() => api.folders.start({ draft: draft.id, purpose, options, existing }), onStarted)}
        >
          {t(asking ? 'folders.watch.starting' : 'folders.watch.start')}
        </Button>
      </DialogEnd>
    </div>
  )
}
