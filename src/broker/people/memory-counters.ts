import { ok } from '../../shared/failure.ts'
import { type CountedFile, type Counters, leftOf, type Most } from './counters.ts'

type Reserved = { readonly sizes: Map<string, number>; files: number; bytes: number; expiresAt: number }

/** How often (ms) what has expired is looked for and forgotten. */
const sweepInterval = 60_000

/** Counters of a broker without replicas; they are gone with the process. */
export const memoryCounters = (now: () => number): Counters => {
  const reserved = new Map<string, Reserved>()
  const revoked = new Map<string, { readonly expiresAt: number }>()
  let sweptAt = now()

  const sweep = () => {
    if (now() - sweptAt < sweepInterval) return
    sweptAt = now()
    for (const map of [reserved, revoked]) {
      for (const [name, { expiresAt }] of map) if (expiresAt <= now()) map.delete(name)
    }
  }
  const entryOf = (name: string): Reserved => {
    const entry = reserved.get(name)
    return entry !== undefined && entry.expiresAt > now()
      ? entry
      : { sizes: new Map(), files: 0, bytes: 0, expiresAt: 0 }
  }

  /** What files would add to a name, where that is not too much. */
  const growthOf = (entry: Reserved, files: readonly CountedFile[], most: Most) => {
    const grown = files.filter(({ id, bytes }) => bytes > (entry.sizes.get(id) ?? -1))
    const left = leftOf(most, entry)
    const more = {
      files: grown.filter(({ id }) => !entry.sizes.has(id)).length,
      bytes: grown.reduce((sum, { id, bytes }) => sum + bytes - (entry.sizes.get(id) ?? 0), 0),
    }
    return more.files > left.files || more.bytes > left.bytes
      ? ({ ok: false, failure: { reason: 'over', left } } as const)
      : ok({ grown, more })
  }

  return {
    reserve: async (name, files, most, expiresAt) => {
      sweep()
      const entry = entryOf(name)
      const growth = growthOf(entry, files, most)
      if (!growth.ok) return growth
      const { grown, more } = growth.value
      for (const { id, bytes } of grown) entry.sizes.set(id, bytes)
      entry.files += more.files
      entry.bytes += more.bytes
      entry.expiresAt = expiresAt
      reserved.set(name, entry)
      return ok({ files: entry.files, bytes: entry.bytes })
    },
    hasRoomFor: async (name, files, most) => {
      const entry = entryOf(name)
      const growth = growthOf(entry, files, most)
      return growth.ok ? ok({ files: entry.files, bytes: entry.bytes }) : growth
    },
    used: async (name) => {
      const { files, bytes } = entryOf(name)
      return ok({ files, bytes })
    },
    revoke: async (id, until) => {
      sweep()
      revoked.set(id, { expiresAt: until })
      return ok(null)
    },
    isRevoked: async (id) => ok((revoked.get(id)?.expiresAt ?? 0) > now()),
  }
}
