import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { DatabaseProblem } from '../../shared/ipc.ts'
import appIcon from '../assets/app-icon.svg'
import { useServices } from '../data/services.tsx'
import { Button } from '../shell/Button.tsx'
import { useToasts } from '../shell/toasts.tsx'
import classes from './database-problem.module.css'

const sections = ['happened', 'safe', 'todo'] as const

/** Problems that can end without Longshore doing anything. */
const mayPass: readonly DatabaseProblem[] = ['database_locked', 'database_unusable']

/** Why the list of transfers cannot be opened. A list that another Longshore uses is never put aside. */
export const DatabaseProblemPage = ({ problem }: { problem: DatabaseProblem }) => {
  const { t } = useTranslation()
  const { api } = useServices()
  const { tell, orTell } = useToasts()
  const [starting, setStarting] = useState(false)

  const startFresh = async () => {
    setStarting(true)
    const moved = await orTell(api.app.startFresh())
    setStarting(false)
    if (moved) tell(t('database.moved', { path: moved.movedTo }))
  }

  return (
    <main className={classes.page}>
      <section className={classes.card} data-problem={problem} aria-labelledby="database-problem">
        <header>
          <img src={appIcon} alt="" width={40} height={40} />
          <h1 id="database-problem">{t(`database.${problem}.title`)}</h1>
        </header>
        {sections.map((section) => (
          <section key={section}>
            <h2>{t(`explanation.${section}`)}</h2>
            <p>{t(`database.${problem}.${section}`)}</p>
          </section>
        ))}
        {mayPass.includes(problem) && (
          <footer>
            <Button size="large" onClick={() => void orTell(api.app.tryAgain())}>
              {t('database.tryAgain')}
            </Button>
          </footer>
        )}
        {problem !== 'database_locked' && (
          <footer>
            <Button size="large" disabled={starting} onClick={() => void startFresh()}>
              {t('database.startFresh')}
            </Button>
            <p>{t('database.startFreshText')}</p>
          </footer>
        )}
      </section>
    </main>
  )
}
