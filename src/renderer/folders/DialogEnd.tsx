import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '../../shared/failure.ts'
import { Button } from '../shell/Button.tsx'
import classes from './folder-dialogs.module.css'
import { folderRefusalWords } from './folder-words.ts'

type DialogEndProps = {
  /** Why it was not done when it was asked for. */
  failure: Failure | null
  onCancel: () => void
  /** The button that does it. */
  children: ReactNode
}

/** The foot of a dialog about a folder: what went wrong, and the two ways out. */
export const DialogEnd = ({ failure, onCancel, children }: DialogEndProps) => {
  const { t } = useTranslation()
  return (
    <div className={classes.end}>
      <p className={classes.refusal} role="alert">
        {failure && folderRefusalWords(t, failure)}
      </p>
      <div className={classes.buttons}>
        <Button onClick={onCancel}>{t('folders.cancel')}</Button>
        {children}
      </div>
    </div>
  )
}
