import type { QueryClient } from '@tanstack/react-query'
import type { AppInfo } from '../../shared/ipc.ts'
import type { TransferPage, TransferView } from '../../shared/transfer.ts'
import { keys } from './queries.ts'
import type { Services } from './services.tsx'
import { createThrottle } from './throttle.ts'

/** At most twice a second the visible pages are asked for again, however many rows move, and not before they were answered. */
const pagesEvery = 500

/** Puts changed rows where they stand; false where one is not there or may now stand elsewhere. */
const patchRows = (client: QueryClient, rows: readonly TransferView[]): boolean => {
  const changed = new Map(rows.map((row) => [row.id, row]))
  const inPlace = new Set<string>()
  client.setQueriesData<TransferPage>({ queryKey: keys.transfers }, (page) => {
    if (!page?.rows.some(({ id }) => changed.has(id))) return page
    return {
      ...page,
      rows: page.rows.map((before) => {
        const row = changed.get(before.id)
        if (!row) return before
        if (row.state === before.state && row.activity === before.activity) inPlace.add(row.id)
        return row
      }),
    }
  })
  return rows.every(({ id }) => inPlace.has(id))
}

/** Keeps what the page knows in step with the engine's events; returns the end of it. */
export const listen = ({ api, client, progress }: Services): (() => void) => {
  const pages = createThrottle(() => client.invalidateQueries({ queryKey: keys.transfers }), pagesEvery)
  const ends = [
    api.transfers.changed(({ rows, stale }) => {
      progress.settle(rows)
      const allInPlace = patchRows(client, rows)
      if (stale || !allInPlace) pages.request()
    }),
    api.transfers.progress(progress.apply),
    api.queue.changed((status) => client.setQueryData(keys.queue, status)),
    api.folders.changed((folders) => client.setQueryData(keys.folders, folders)),
    api.settings.changed((settings) => {
      // while the page itself changes them, what comes back may be older than what it shows
      if (client.isMutating({ mutationKey: keys.settings }) === 0) client.setQueryData(keys.settings, settings)
    }),
    api.session.changed((session) => {
      client.setQueryData(keys.session, session)
      void client.resetQueries({ queryKey: keys.transfers })
      void client.invalidateQueries({ queryKey: keys.queue })
      void client.resetQueries({ queryKey: keys.folders })
    }),
    api.app.engineChanged((engine) => {
      client.setQueryData<AppInfo>(keys.app, (info) => info && { ...info, engine })
      if (engine.state === 'ready') void client.invalidateQueries()
    }),
  ]
  return () => {
    pages.stop()
    for (const end of ends) end()
  }
}
