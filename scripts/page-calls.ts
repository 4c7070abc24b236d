import type { Page } from '@playwright/test'
import type { Api } from '../src/shared/ipc.ts'
import type { QueueStatus, TransferView } from '../src/shared/transfer.ts'

type AppWindow = Window & { readonly api: Api }

/** The queue's exact numbers, asked as the page asks them; null until somebody is signed in and the engine answers. */
export const queueStatus = (page: Page): Promise<QueueStatus | null> =>
  page.evaluate(async () => {
    const { api } = window as unknown as AppWindow
    const session = await api.session.get()
    if (!session.ok || session.value.state !== 'signed_in') return null
    const status = await api.queue.status()
    return status.ok ? status.value : null
  })

/** All transfers of the list. */
export const listedTransfers = (page: Page): Promise<readonly TransferView[]> =>
  page.evaluate(async () => {
    const { api } = window as unknown as AppWindow
    const rows: TransferView[] = []
    for (;;) {
      const listed = await api.transfers.page({ filter: 'all', search: '', offset: rows.length, limit: 500 })
      if (!listed.ok || listed.value.rows.length === 0) return rows
      rows.push(...listed.value.rows)
    }
  })
