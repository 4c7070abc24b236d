import { useState } from 'react'
import type { SessionView } from '../../shared/session.ts'
import { InviteDialog } from '../invitations/InviteDialog.tsx'
import { SettingsPage } from '../settings/SettingsPage.tsx'
import { DropZone } from '../transfers/DropZone.tsx'
import { TransfersPage } from '../transfers/TransfersPage.tsx'
import { useAdd } from '../transfers/use-add.ts'
import { Navigation } from './Navigation.tsx'
import { usePageName } from './page-name.ts'
import { useShortcut } from './use-shortcut.ts'
import classes from './workspace.module.css'

type WorkspaceProps = {
  session: Extract<SessionView, { state: 'signed_in' }>
  engineIsReady: boolean
  onSignIn: () => void
}

/** The navigation beside the page that is open, and the drop over all of it. */
export const Workspace = ({ session, engineIsReady, onSignIn }: WorkspaceProps) => {
  const [chosen, setChosen] = useState<string | null>(null)
  const purpose = session.purposes.find(({ name }) => name === chosen) ?? session.purposes[0] ?? null
  const inviting = session.purposes.filter(({ invitations }) => invitations)
  const [invites, setInvites] = useState(false)
  const add = useAdd(purpose)
  const page = usePageName()
  useShortcut('o', (event) => (event.shiftKey ? add.chooseFolder() : add.chooseFiles()))

  return (
    <DropZone purpose={purpose}>
      <div className={classes.workspace}>
        <Navigation
          session={session}
          engineIsReady={engineIsReady}
          page={page}
          purpose={purpose}
          onPurpose={setChosen}
          onAddFiles={add.chooseFiles}
          onAddFolder={add.chooseFolder}
          onInvite={inviting.length > 0 ? () => setInvites(true) : null}
        />
        {page === 'settings' ? (
          <SettingsPage />
        ) : (
          <TransfersPage
            session={session}
            purpose={purpose}
            onAddFiles={add.chooseFiles}
            onAddFolder={add.chooseFolder}
            onSignIn={onSignIn}
          />
        )}
        <InviteDialog
          opened={invites && inviting.length > 0}
          purposes={inviting}
          current={purpose}
          onClose={() => setInvites(false)}
        />
      </div>
    </DropZone>
  )
}
