import { ArrowUpFromLine, CircleCheck, FolderPlus, Lock, RotateCw } from 'lucide-react'
import { Trans, useTranslation } from 'react-i18next'
import type { Purpose } from '../../shared/session.ts'
import { Button } from '../shell/Button.tsx'
import classes from './empty-state.module.css'

type EmptyStateProps = {
  purpose: Purpose | null
  brokerName: string
  onAddFiles: () => void
  onAddFolder: () => void
}

/** The page before anything was added: a place to drop, its twin buttons, and three promises. */
export const EmptyState = ({ purpose, brokerName, onAddFiles, onAddFolder }: EmptyStateProps) => {
  const { t } = useTranslation()
  return (
    <section className={classes.frame} aria-label={t('empty.title')}>
      <span className={classes.sign}>
        <ArrowUpFromLine size={28} strokeWidth={1.75} aria-hidden />
      </span>
      <h1 className={classes.title}>{t('empty.title')}</h1>
      <p className={classes.where}>
        {purpose ? (
          <Trans i18nKey="empty.where" values={{ purpose: purpose.label, broker: brokerName }} />
        ) : (
          t('drop.noPurpose')
        )}
      </p>
      <div className={classes.buttons}>
        <Button look="filled" size="large" onClick={onAddFiles}>
          {t('navigation.addFiles')}
        </Button>
        <Button size="large" onClick={onAddFolder}>
          <FolderPlus size={16} strokeWidth={1.75} aria-hidden />
          {t('navigation.addFolder')}
        </Button>
      </div>
      <ul className={classes.promises}>
        <li>
          <RotateCw size={16} strokeWidth={1.75} aria-hidden />
          {t('empty.resume')}
        </li>
        <li>
          <CircleCheck size={16} strokeWidth={1.75} aria-hidden />
          {t('empty.verified')}
        </li>
        <li>
          <Lock size={16} strokeWidth={1.75} aria-hidden />
          {t('empty.originals')}
        </li>
      </ul>
    </section>
  )
}
