import { useMutation, useQuery } from '@tanstack/react-query'
import type { Settings, SettingsChange } from '../../shared/settings.ts'
import { valueOrThrow } from '../api.ts'
import { keys } from '../data/queries.ts'
import { useServices } from '../data/services.tsx'
import { useToasts } from '../shell/toasts.tsx'

/**
 * The settings, and what changes them: shown at once. Once no change is under way any more the engine is asked, so that a
 * change that it did not take is taken back.
 */
export const useSettings = (): {
  readonly settings: Settings | undefined
  readonly change: (change: SettingsChange) => void
} => {
  const { api, client } = useServices()
  const { orTell } = useToasts()
  const { data } = useQuery({ queryKey: keys.settings, queryFn: () => valueOrThrow(api.settings.get()) })
  const { mutate } = useMutation({
    mutationKey: keys.settings,
    networkMode: 'always',
    mutationFn: (change: SettingsChange) => orTell(api.settings.set(change)),
    onMutate: (change) => {
      client.setQueryData<Settings>(keys.settings, (before) => before && ({ ...before, ...change } as Settings))
    },
    onSettled: async () => {
      const isLast = client.isMutating({ mutationKey: keys.settings }) === 1
      if (isLast) await client.invalidateQueries({ queryKey: keys.settings })
    },
  })
  return { settings: data, change: mutate }
}
