import { useTranslation } from 'react-i18next'
import appIcon from '../assets/app-icon.svg'
import classes from './splash.module.css'

/** What is there until the engine answers; its word appears only when that takes long. */
export const Splash = () => {
  const { t } = useTranslation()
  return (
    <main className={classes.page}>
      <img src={appIcon} alt="" width={56} height={56} />
      <p className={classes.words} role="status">
        {t('app.starting')}
      </p>
    </main>
  )
}
