import { useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TransferView } from '../../shared/transfer.ts'
import { useServices } from '../data/services.tsx'
import { copyText } from '../shell/copy-text.ts'
import { useToasts } from '../shell/toasts.tsx'
import type { Remedy } from './remedy.ts'

/** What a row can ask for. The object stays the same, so that rows need not be drawn again for it. */
export type RowActions = {
  readonly pause: (row: TransferView) => void
  readonly resume: (row: TransferView) => void
  readonly retry: (row: TransferView) => void
  /** Asks first where something is stored that would be lost. */
  readonly cancel: (row: TransferView) => void
  readonly remedy: (row: TransferView, remedy: Remedy) => void
  /** Opens what is said about its failure; null closes it. */
  readonly explain: (row: TransferView | null) => void
  readonly copy: (text: string) => void
}

/** The actions of all rows, and the one that waits for a yes. */
export const useRowActions = (onSignIn: () => void) => {
  const { t } = useTranslation()
  const { api } = useServices()
  const { tell, orTell } = useToasts()
  const [toCancel, setToCancel] = useState<TransferView | null>(null)
  const [explained, setExplained] = useState<string | null>(null)

  const cancelNow = useMemo(
    () => (row: TransferView) => {
      setToCancel(null)
      void orTell(api.transfers.cancel({ ids: [row.id] }))
    },
    [api, orTell],
  )
  const actions = useMemo((): RowActions => {
    const retry = ({ id }: TransferView) => void orTell(api.transfers.retry({ ids: [id] }))
    const cancel = (row: TransferView) => (row.acknowledged > 0 ? setToCancel(row) : cancelNow(row))
    return {
      pause: ({ id }) => void orTell(api.transfers.pause({ ids: [id] })),
      resume: ({ id }) => void orTell(api.transfers.resume({ ids: [id] })),
      retry,
      cancel,
      remedy: (row, remedy) => {
        switch (remedy) {
          case 'uploadAgain':
          case 'tryAgain':
            return retry(row)
          case 'signIn':
            return onSignIn()
          case 'remove':
            return cancel(row)
        }
      },
      explain: (row) => setExplained(row?.id ?? null),
      copy: (text) => tell(t(copyText(text) ? 'toasts.copied' : 'toasts.notCopied')),
    }
  }, [api, t, tell, orTell, cancelNow, onSignIn])

  return { actions, explained, toCancel, cancelNow, keep: () => setToCancel(null) }
}
