import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { ok, type Result } from '../../shared/failure.ts'
import { parseJson } from '../config/parse-json.ts'
import { wording } from '../config/wording.ts'

/** Whom and what an operator shut out, by the ids of the audit. */
const denyFileSchema = z.strictObject({
  subjects: z.array(z.string().min(1)).default([]),
  devices: z.array(z.uuid()).default([]),
  grants: z.array(z.string().min(1)).default([]),
})

export type DenyList = {
  readonly hasSubject: (subject: string) => boolean
  readonly hasDevice: (device: string) => boolean
  readonly hasGrant: (id: string) => boolean
}

type Denied = {
  readonly subjects: ReadonlySet<string>
  readonly devices: ReadonlySet<string>
  readonly grants: ReadonlySet<string>
}
type Collaborators = {
  readonly now: () => number
  /** Hears of a change that cannot be used; the last good list goes on. */
  readonly warn: (about: object, message: string) => void
}

/** How often (ms) the file is looked at, at most. */
const freshness = 1_000

/** Reads a deny file; the failure says what is wrong with it, without its values. */
export const readDenyFile = (path: string): Result<Denied, string> => {
  const text = readText(path)
  if (!text.ok) return text
  const json = parseJson(text.value)
  if (!json.ok) return json
  const parsed = denyFileSchema.safeParse(json.value, { error: wording })
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `${z.core.toDotPath(path)} ${message}`.trim())
    return { ok: false, failure: problems.join(', ') }
  }
  const { subjects, devices, grants } = parsed.data
  return ok({
    subjects: new Set(subjects),
    devices: new Set(devices.map((device) => device.toLowerCase())),
    grants: new Set(grants),
  })
}

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

const readText = (path: string): Result<string, string> => {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch (error) {
    return { ok: false, failure: `cannot be read (${(error as NodeJS.ErrnoException).code})` }
  }
}
