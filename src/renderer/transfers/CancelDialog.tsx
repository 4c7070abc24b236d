import { useTranslation } from 'react-i18next'
import type { TransferView } from '../../shared/transfer.ts'
import { useServices } from '../data/services.tsx'
import { Button } from '../shell/Button.tsx'
import { Dialog } from '../shell/Dialog.tsx'
import { useLast } from '../shell/use-last.ts'
import classes from './cancel-dialog.module.css'
import { visibleName } from './file-name.ts'
import { sizeWords } from './measure-words.ts'

type CancelDialogProps = {
  /** The transfer to ask about; null: closed. */
  row: TransferView | null
  onCancel: (row: TransferView) => void
  onKeep: () => void
}

/** Asks before stored parts are thrown away. */
export const CancelDialog = ({ row, onCancel, onKeep }: CancelDialogProps) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  const shown = useLast(row)
  return (
    <Dialog opened={row !== null} onClose={onKeep} title={t('cancel.title')}>
      {shown && (
        <>
          <bdi className={classes.name}>{visibleName(shown.name)}</bdi>
          <p className={classes.text}>{t('cancel.text', { stored: sizeWords(t, formats, shown.acknowledged) })}</p>
          <div className={classes.buttons}>
            <Button onClick={onKeep} data-autofocus>
              {t('cancel.keep')}
            </Button>
            <Button look="remedy" onClick={() => onCancel(shown)}>
              {t('cancel.confirm')}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  )
}
