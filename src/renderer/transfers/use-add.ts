import { useCallback, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Result } from '../../shared/failure.ts'
import type { Purpose } from '../../shared/session.ts'
import type { AddSummary } from '../../shared/transfer.ts'
import { useServices } from '../data/services.tsx'
import { useToasts } from '../shell/toasts.tsx'
import { addedWords } from './added-words.ts'

/** The ways in which files come in; each says afterwards what became of them. */
export const useAdd = (purpose: Purpose | null) => {
  const { api, formats } = useServices()
  const { t } = useTranslation()
  const { tell, orTell } = useToasts()

  const add = useCallback(
    async (ask: (purpose: string) => Promise<Result<AddSummary | null>>) => {
      if (!purpose) return tell(t('drop.noPurpose'))
      const summary = await orTell(ask(purpose.name))
      if (summary) tell(addedWords(t, formats, summary))
    },
    [purpose, t, formats, tell, orTell],
  )

  return useMemo(
    () => ({
      chooseFiles: () => void add((name) => api.choose.files({ purpose: name })),
      chooseFolder: () => void add((name) => api.choose.folder({ purpose: name })),
      addFiles: (files: readonly File[]) => void add((name) => api.transfers.add({ purpose: name, files })),
    }),
    [add, api],
  )
}
