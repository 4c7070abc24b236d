import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ok, type Result } from '../../shared/failure.ts'
import { parseJson } from './parse-json.ts'
import { wording } from './wording.ts'

const denyFileSchema = z.strictObject({
  subjects: z.array(z.string().min(1)).default([]),
  devices: z.array(z.uuid()).default([]),
  grants: z.array(z.string().min(1)).default([]),
})

/** Whom and what an operator shut out, by the ids of the audit. */
export type Denied = {
  readonly subjects: ReadonlySet<string>
  readonly devices: ReadonlySet<string>
  readonly grants: ReadonlySet<string>
}

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

const readText = (path: string): Result<string, string> => {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch (error) {
    return { ok: false, failure: `cannot be read (${(error as NodeJS.ErrnoException).code})` }
  }
}
