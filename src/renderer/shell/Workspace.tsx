import { useState } from 'react'
import type { SessionView } from '../../shared/session.ts'
import { DroppedFolderDialog } from '../folders/DroppedFolderDialog.tsx'
import { FoldersPage } from '../folders/FoldersPage.tsx'
import { useDraft } from '../folders/use-draft.ts'
import { WatchDialog } from '../folders/WatchDialog.tsx'
import { InviteDialog } from '../invitations/InviteDialog.tsx'
import { SettingsPage } from '../settings/SettingsPage.tsx'
import { DropZone } from '../transfers/DropZone.tsx'
import { TransfersPage } from '../transfers/TransfersPage.tsx'
import { useAdd } from '../transfers/use-add.ts'
import { Navigation } from './Navigation.tsx'
import { goTo, usePageName } from './page-name.ts'
import { useFocusKept } from './use-focus-kept.ts'
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
  const forDrops = session.purposes.filter(({ folders }) => !folders)
  const forFolders = [...session.purposes.filter(({ folders }) => folders), ...forDrops]
  const purpose = forDrops.find(({ name }) => name === chosen) ?? forDrops[0] ?? null
  const inviting = forDrops.filter(({ invitations }) => invitations)
  const [invites, setInvites] = useState(false)
  const add = useAdd(purpose)
  const [dropped, setDropped] = useState<File | null>(null)
  const draft = useDraft(forFolders)
  const page = usePageName()
  useFocusKept(page)
  useShortcut('o', (event) => (event.shiftKey ? add.chooseFolder() : add.chooseFiles()))

  return (
    <DropZone purpose={purpose} onFolder={purpose ? setDropped : draft.drop}>
      <div className={classes.workspace}>
        <Navigation
          session={session}
          engineIsReady={engineIsReady}
          page={page}
          purposes={forDrops}
          purpose={purpose}
          onPurpose={setChosen}
          onAddFiles={add.chooseFiles}
          onAddFolder={add.chooseFolder}
          onInvite={inviting.length > 0 ? () => setInvites(true) : null}
        />
        {page === 'settings' && <SettingsPage />}
        {page === 'folders' && <FoldersPage purposes={session.purposes} onAdd={draft.choose} />}
        {page === 'transfers' && (
          <TransfersPage
            session={session}
            purpose={purpose}
            onAddFiles={add.chooseFiles}
            onAddFolder={add.chooseFolder}
            onSignIn={onSignIn}
          />
        )}
        <DroppedFolderDialog
          folder={dropped}
          purpose={purpose}
          onUpload={(folder) => add.addFiles([folder])}
          onWatch={draft.drop}
          onClose={() => setDropped(null)}
        />
        <WatchDialog
          draft={draft.draft}
          purposes={forFolders}
          onChooseAnother={draft.choose}
          onStarted={() => {
            draft.close()
            goTo('folders')
          }}
          onClose={draft.close}
        />
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
