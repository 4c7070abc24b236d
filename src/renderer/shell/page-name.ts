import { useSyncExternalStore } from 'react'
import { type TransferFilter, transferFilters } from '../../shared/transfer.ts'

/** The pages of the workspace; the name stands behind the # of the address, a filter of the transfers behind it. */
export type PageName = (typeof pageNames)[number]

const pageNames = ['transfers', 'folders', 'settings'] as const

const addressParts = () => window.location.hash.slice(1).split('/')
const pageName = (): PageName => pageNames.find((name) => name === addressParts()[0]) ?? 'transfers'
const filterName = (): TransferFilter => transferFilters.find((name) => name === addressParts()[1]) ?? 'all'

const subscribe = (listener: () => void) => {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

/** Which page the address names. */
export const usePageName = (): PageName => useSyncExternalStore(subscribe, pageName)

/** Which transfers the address names. */
export const useFilterName = (): TransferFilter => useSyncExternalStore(subscribe, filterName)

/** The address of the transfers of a filter. */
export const transfersAddress = (filter: TransferFilter): string => `#transfers/${filter}`

export const goTo = (page: PageName): void => {
  window.location.hash = page
}

export const showTransfers = (filter: TransferFilter): void => {
  window.location.hash = transfersAddress(filter)
}
