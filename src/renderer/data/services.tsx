import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createContext, type ReactNode, use, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Api } from '../../shared/ipc.ts'
import { createFormats, type Formats } from '../transfers/format.ts'
import { createProgressStore, type ProgressStore } from './progress-store.ts'

/** What the components share; made once by whoever starts the page. */
export type Services = {
  readonly api: Api
  readonly now: () => number
  readonly client: QueryClient
  readonly progress: ProgressStore
}

/** Queries never go out of date by time: the engine's events say when they do. They run without a network. */
export const createServices = (api: Api, now: () => number): Services => ({
  api,
  now,
  client: new QueryClient({
    defaultOptions: {
      queries: {
        networkMode: 'always',
        retry: false,
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
      },
    },
  }),
  progress: createProgressStore(now),
})

const ServicesContext = createContext<(Services & { readonly formats: Formats }) | null>(null)

export const ServicesProvider = ({ services, children }: { services: Services; children: ReactNode }) => {
  const { i18n } = useTranslation()
  const value = useMemo(() => ({ ...services, formats: createFormats(i18n.language) }), [services, i18n.language])
  return (
    <QueryClientProvider client={services.client}>
      <ServicesContext value={value}>{children}</ServicesContext>
    </QueryClientProvider>
  )
}

/** The page's services and the number formats of its language. */
export const useServices = () => {
  const services = use(ServicesContext)
  if (!services) throw new Error('no ServicesProvider above this component')
  return services
}
