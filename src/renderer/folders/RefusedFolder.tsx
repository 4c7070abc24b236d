import { useTranslation } from 'react-i18next'
import type { FolderRefusal } from '../../shared/folder.ts'
import { Button } from '../shell/Button.tsx'
import { visibleName } from '../transfers/file-name.ts'
import classes from './folder-dialogs.module.css'

type RefusedFolderProps = {
  path: string
  refusal: FolderRefusal
  onChooseAnother: () => void
  onClose: () => void
}

/** Why a folder cannot be watched, and what can be done instead. */
export const RefusedFolder = ({ path, refusal, onChooseAnother, onClose }: RefusedFolderProps) => {
  const { t } = useTranslation()
  return (
    <div className={classes.form}>
      <p className={classes.path}>
        <bdi dir="ltr">{visibleName(path)}</bdi>
      </p>
      <p className={classes.text}>{t(`folders.refused.${refusal.kind}`)}</p>
      {'other' in refusal && refusal.kind !== 'same' && (
        <dl className={classes.other}>
          <dt>{t('folders.refused.other')}</dt>
          <dd>
            <bdi dir="ltr">{visibleName(refusal.other)}</bdi>
          </dd>
        </dl>
      )}
      <div className={classes.buttons}>
        <Button onClick={onClose}>{t('folders.refused.close')}</Button>
        <Button look="filled" data-autofocus onClick={onChooseAnother}>
          {t('folders.refused.another')}
        </Button>
      </div>
    </div>
  )
}
