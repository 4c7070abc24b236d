import { CircleCheck, FilePenLine, FolderPlus, FolderSync, Unplug } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { Button } from '../shell/Button.tsx'
import classes from '../transfers/empty-state.module.css'

const icon = { size: 16, strokeWidth: 1.75, 'aria-hidden': true } as const

/** The page before any folder is watched: the one thing to do, and three promises. */
export const EmptyFolders = ({ onAdd }: { onAdd: () => void }) => {
  const { t } = useTranslation()
  return (
    <section className={classes.frame} aria-label={t('folders.title')}>
      <span className={classes.sign}>
        <FolderSync size={28} strokeWidth={1.75} aria-hidden />
      </span>
      <h1 className={classes.title}>{t('folders.empty.title')}</h1>
      <p className={classes.where}>{t('folders.empty.text')}</p>
      <div className={classes.buttons}>
        <Button look="filled" size="large" onClick={onAdd}>
          <FolderPlus {...icon} />
          {t('folders.add')}
        </Button>
      </div>
      <ul className={classes.promises}>
        <li>
          <CircleCheck {...icon} />
          {t('folders.empty.once')}
        </li>
        <li>
          <FilePenLine {...icon} />
          {t('folders.empty.finished')}
        </li>
        <li>
          <Unplug {...icon} />
          {t('folders.empty.away')}
        </li>
      </ul>
    </section>
  )
}
