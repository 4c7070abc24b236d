import { Component, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from './Button.tsx'
import classes from './splash.module.css'

const CrashPage = ({ onAgain }: { onAgain: () => void }) => {
  const { t } = useTranslation()
  return (
    <main className={classes.page} role="alert">
      <h1 className={classes.title}>{t('crash.title')}</h1>
      <p className={classes.text}>{t('crash.text')}</p>
      <Button look="filled" onClick={onAgain}>
        {t('crash.again')}
      </Button>
    </main>
  )
}

/** Stands in for a page that threw while it was drawn; the engine does not notice. */
export class CrashBoundary extends Component<{ children: ReactNode }, { crashed: boolean }> {
  override state = { crashed: false }

  static getDerivedStateFromError = () => ({ crashed: true })

  override render() {
    if (this.state.crashed) return <CrashPage onAgain={() => this.setState({ crashed: false })} />
    return this.props.children
  }
}
