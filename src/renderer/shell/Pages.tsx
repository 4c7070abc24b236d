import { useState } from 'react'
import { useAppInfo, useSession } from '../data/queries.ts'
import { DatabaseProblemPage } from '../database-problem/DatabaseProblemPage.tsx'
import { FirstRun } from '../first-run/FirstRun.tsx'
import { Splash } from './Splash.tsx'
import { useDropGuard } from './use-drop-guard.ts'
import { Workspace } from './Workspace.tsx'

/** Which page is shown: a problem of the database, the first run, or the workspace of who is signed in. */
export const Pages = () => {
  const engine = useAppInfo().data?.engine
  const session = useSession(engine?.state === 'ready').data
  const [signsInAgain, setSignsInAgain] = useState(false)
  useDropGuard()

  if (engine?.state === 'refused') return <DatabaseProblemPage problem={engine.problem} />
  if (!engine || !session) return <Splash />
  if (session.state === 'signed_out')
    return <FirstRun knownBrokerUrl={null} onSignedIn={() => setSignsInAgain(false)} onBack={null} />
  if (signsInAgain)
    return (
      <FirstRun
        knownBrokerUrl={session.brokerUrl}
        onSignedIn={() => setSignsInAgain(false)}
        onBack={() => setSignsInAgain(false)}
      />
    )
  return <Workspace session={session} engineIsReady={engine.state === 'ready'} onSignIn={() => setSignsInAgain(true)} />
}
