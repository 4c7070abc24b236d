import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Result } from '../../shared/failure.ts'
import type { FolderDraft } from '../../shared/folder.ts'
import type { Purpose } from '../../shared/session.ts'
import { useServices } from '../data/services.tsx'
import { useToasts } from '../shell/toasts.tsx'

/** The folder that a person chose or dropped to be watched, while they look at it. */
export const useDraft = (purposes: readonly Purpose[]) => {
  const { api } = useServices()
  const { t } = useTranslation()
  const { tell, orTell } = useToasts()
  const [draft, setDraft] = useState<FolderDraft | null>(null)
  const take = async (ask: () => Promise<Result<FolderDraft | null>>) => {
    if (purposes.length === 0) return tell(t('drop.noPurpose'))
    const taken = await orTell(ask())
    if (taken) setDraft(taken)
  }
  return {
    draft,
    choose: () => void take(() => api.choose.watch()),
    drop: (folder: File) => void take(() => api.folders.draft({ files: [folder] })),
    close: () => setDraft(null),
  }
}
