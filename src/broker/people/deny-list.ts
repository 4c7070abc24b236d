import { statSync } from 'node:fs'
import { type Denied, readDenyFile } from '../config/deny-file.ts'

export type DenyList = {
  readonly hasSubject: (subject: string) => boolean
  readonly hasDevice: (device: string) => boolean
  readonly hasGrant: (id: string) => boolean
}

type Collaborators = {
  readonly now: () => number
  /** Hears of a change that cannot be used; the last good list goes on. */
  readonly warn: (about: object, message: string) => void
}

/** How often (ms) the file is looked at, at most. */
const freshness = 1_000

/** A deny file that is read again when it changes. Throws where it cannot be read at first. */
export const watchDenyFile = (path: string, { now, warn }: Collaborators): DenyList => {
  // before it is read: what comes in between is another version
  let version = versionOf(path)
  const first = readDenyFile(path)
  if (!first.ok) throw new Error(`denyFile: ${first.failure}`)
  let denied = first.value
  let lookedAt = now()

  const current = (): Denied => {
    if (Math.abs(now() - lookedAt) < freshness) return denied
    lookedAt = now()
    const found = versionOf(path)
    if (found === version) return denied
    version = found
    const read = readDenyFile(path)
    if (read.ok) denied = read.value
    else warn({ denyFile: read.failure }, 'the deny file cannot be used')
    return denied
  }
  return {
    hasSubject: (subject) => current().subjects.has(subject),
    hasDevice: (device) => current().devices.has(device.toLowerCase()),
    hasGrant: (id) => current().grants.has(id),
  }
}

/** Shuts nobody out. */
export const emptyDenyList: DenyList = { hasSubject: () => false, hasDevice: () => false, hasGrant: () => false }

/** Another text for each version of the file; also where it was replaced by another one of the same size and time. */
const versionOf = (path: string): string => {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true })
    return [ino, size, mtimeNs, ctimeNs].join(' ')
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unreadable'
  }
}
