import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { FolderView } from '../../shared/folder.ts'
import { useServices } from '../data/services.tsx'
import { copyText } from '../shell/copy-text.ts'
import { useToasts } from '../shell/toasts.tsx'

/** What a folder's card can ask for. */
export type FolderActions = {
  readonly pause: (folder: FolderView) => void
  readonly resume: (folder: FolderView) => void
  readonly lookAgain: (folder: FolderView) => void
  /** Opens its rules and options. */
  readonly edit: (folder: FolderView) => void
  /** Asks first. */
  readonly remove: (folder: FolderView) => void
  readonly copy: (text: string) => void
}

/** The actions of all cards, and the folder that a dialog is open for. */
export const useFolderActions = () => {
  const { t } = useTranslation()
  const { api } = useServices()
  const { tell, orTell } = useToasts()
  const [toEdit, setToEdit] = useState<FolderView | null>(null)
  const [toRemove, setToRemove] = useState<FolderView | null>(null)
  const actions: FolderActions = {
    pause: ({ id }) => void orTell(api.folders.pause({ id })),
    resume: ({ id }) => void orTell(api.folders.resume({ id })),
    lookAgain: ({ id }) => void orTell(api.folders.lookAgain({ id })),
    edit: setToEdit,
    remove: setToRemove,
    copy: (text) => tell(t(copyText(text) ? 'toasts.copied' : 'toasts.notCopied')),
  }
  return { actions, toEdit, toRemove, endEdit: () => setToEdit(null), endRemove: () => setToRemove(null) }
}
