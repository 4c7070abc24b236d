import { useDebouncedValue } from '@mantine/hooks'
import { useEffect, useState } from 'react'
import type { Result } from '../../shared/failure.ts'
import { type FolderOptions, type FolderPreview, usualFolderOptions } from '../../shared/folder.ts'
import { useServices } from '../data/services.tsx'

/** How long typing rests before the folder is counted again (ms). */
const typingRests = 400

/** What is counted depends on these options alone. */
type Counted = Pick<FolderOptions, 'rules' | 'hidden' | 'links'>

type Answer = { readonly of: Counted; readonly result: Result<FolderPreview> }

/** What is in a folder under these options. While it is counted again the numbers before stay. */
export const usePreview = (
  id: string,
  { rules, hidden, links }: FolderOptions,
): { readonly result: Result<FolderPreview> | null; readonly isCounting: boolean } => {
  const { api } = useServices()
  const [answer, setAnswer] = useState<Answer | null>(null)
  const [settledRules] = useDebouncedValue(rules, typingRests)

  useEffect(() => {
    const of = { rules: settledRules, hidden, links }
    let isNewest = true
    const count = async () => {
      const result = await api.folders
        .preview({ id, options: { ...usualFolderOptions, ...of } })
        .catch((): Result<FolderPreview> => ({ ok: false, failure: { kind: 'engine_unavailable', detail: null } }))
      if (isNewest) setAnswer({ of, result })
    }
    void count()
    return () => {
      isNewest = false
    }
  }, [api, id, settledRules, hidden, links])

  const isOfNow = answer?.of.rules === rules && answer.of.hidden === hidden && answer.of.links === links
  return { result: answer?.result ?? null, isCounting: !isOfNow }
}
