import { useSyncExternalStore } from 'react'

/** The pages of the workspace; the name stands behind the # of the address. */
export type PageName = (typeof pageNames)[number]

const pageNames = ['transfers', 'folders', 'settings'] as const

const pageName = (): PageName => pageNames.find((name) => window.location.hash === `#${name}`) ?? 'transfers'

const subscribe = (listener: () => void) => {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}

/** Which page the address names. */
export const usePageName = (): PageName => useSyncExternalStore(subscribe, pageName)

export const goTo = (page: PageName): void => {
  window.location.hash = page
}
