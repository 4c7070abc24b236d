import { type Query, useQueries, useQuery } from '@tanstack/react-query'
import type { TransferFilter, TransferPage, TransferView } from '../../shared/transfer.ts'
import { valueOrThrow } from '../api.ts'
import { useServices } from './services.tsx'

export const rowsPerPage = 200

export const keys = {
  app: ['app'],
  session: ['session'],
  queue: ['queue'],
  folders: ['folders'],
  settings: ['settings'],
  transfers: ['transfers'],
  page: (filter: TransferFilter, search: string, page: number) => ['transfers', filter, search, page],
} as const

export const useAppInfo = () => {
  const { api } = useServices()
  return useQuery({ queryKey: keys.app, queryFn: () => valueOrThrow(api.app.info()) })
}

export const useSession = (engineIsReady: boolean) => {
  const { api } = useServices()
  return useQuery({ queryKey: keys.session, queryFn: () => valueOrThrow(api.session.get()), enabled: engineIsReady })
}

export const useQueue = () => {
  const { api } = useServices()
  return useQuery({ queryKey: keys.queue, queryFn: () => valueOrThrow(api.queue.status()) })
}

export const useFolders = () => {
  const { api } = useServices()
  return useQuery({ queryKey: keys.folders, queryFn: () => valueOrThrow(api.folders.list()) })
}

export type TransferRows = {
  readonly total: number
  /** Undefined where the row's page has not arrived yet. */
  readonly at: (index: number) => TransferView | undefined
  /** Where the transfer stands now, null if it is not among the rows that are there. */
  readonly indexOf: (id: string) => number | null
  readonly state: 'loading' | 'ready' | 'failed'
  readonly refetch: () => void
}

/** The pages of the list that are in sight; the others are not asked for. */
export type PageRange = { readonly first: number; readonly last: number }

/** The rows of a filter and a search. */
export const useTransferRows = (filter: TransferFilter, search: string, { first, last }: PageRange): TransferRows => {
  const { api, progress } = useServices()
  const pages = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  const queries = useQueries({
    queries: pages.map((page) => ({
      queryKey: keys.page(filter, search, page),
      queryFn: async (): Promise<TransferPage> => {
        const offset = page * rowsPerPage
        const found = await valueOrThrow(api.transfers.page({ filter, search, offset, limit: rowsPerPage }))
        progress.settle(found.rows)
        return found
      },
      /** The rows of the filter before, until these arrive: the list does not blink. */
      placeholderData: (before: TransferPage | undefined, query: Query<TransferPage> | undefined) =>
        query?.queryKey[3] === page ? before : undefined,
    })),
  })
  const known = queries.findLast(({ data }) => data !== undefined)?.data
  return {
    total: known?.total ?? 0,
    at: (index) => queries[Math.floor(index / rowsPerPage) - first]?.data?.rows[index % rowsPerPage],
    indexOf: (id) => {
      for (const [index, query] of queries.entries()) {
        const found = query.data?.rows.findIndex((row) => row.id === id) ?? -1
        if (found >= 0) return (first + index) * rowsPerPage + found
      }
      return null
    },
    state: known ? 'ready' : queries.some(({ isError }) => isError) ? 'failed' : 'loading',
    refetch: () => {
      for (const query of queries) void query.refetch()
    },
  }
}
