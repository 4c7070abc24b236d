import { z } from 'zod'
import { S3Error } from '../s3-error.ts'

/**
 * The policy of a POST form (Amazon S3 API reference, "Creating a POST policy"): which fields a form may have, and how large
 * its file may be.
 */
const length = z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)])
const conditionSchema = z.union([
  z.tuple([z.literal('content-length-range'), length, length]),
  z.tuple([z.enum(['eq', 'starts-with']), z.string().startsWith('$'), z.string()]),
  z
    .record(z.string(), z.string())
    .refine((fields) => Object.keys(fields).length === 1)
    .transform((fields) => {
      const [[name = '', value = ''] = []] = Object.entries(fields)
      return ['eq', `$${name}`, value] as const
    }),
])
const policySchema = z.strictObject({ expiration: z.iso.datetime(), conditions: z.array(conditionSchema) })

/** Fields by their names in lower case. */
export type Fields = ReadonlyMap<string, string>

const notCovered = (name: string): boolean =>
  ['policy', 'x-amz-signature', 'file'].includes(name) || name.startsWith('x-ignore-')

const denied = (why: string): S3Error => new S3Error('AccessDenied', `Invalid according to Policy: ${why}`)

/**
 * Throws unless the policy allows these fields and a file of this size, now. `fields` has the bucket. Throws
 * InvalidPolicyDocument, AccessDenied, EntityTooSmall or EntityTooLarge.
 */
export function checkPostPolicy(encoded: string, fields: Fields, fileSize: number, now: number): void {
  const { expiration, conditions } = parsePostPolicy(encoded)
  if (Date.parse(expiration) <= now) throw denied('Policy expired.')
  const covered = new Set<string>()
  for (const [kind, what, value] of conditions) {
    if (kind === 'content-length-range') {
      checkLength(fileSize, Number(what), Number(value))
      continue
    }
    const name = String(what).slice(1).toLowerCase()
    covered.add(name)
    if (!fulfils(kind, name, fields.get(name) ?? '', String(value)))
      throw denied(`Policy Condition failed: ${JSON.stringify([kind, what, value])}`)
  }
  const extra = [...fields.keys()].filter((name) => !covered.has(name) && !notCovered(name) && name !== 'bucket')
  if (extra.length > 0) throw denied(`Extra input fields: ${extra.join(', ')}`)
}

function parsePostPolicy(encoded: string): z.output<typeof policySchema> {
  try {
    return policySchema.parse(JSON.parse(Buffer.from(encoded, 'base64').toString('utf8')))
  } catch {
    throw new S3Error('InvalidPolicyDocument', 'Invalid Policy: Invalid JSON.')
  }
}

/** A list of content types starts with something if each of them does. */
const fulfils = (kind: 'eq' | 'starts-with', name: string, given: string, wanted: string): boolean => {
  if (kind === 'eq') return given === wanted
  const values = name === 'content-type' ? given.split(',') : [given]
  return values.every((value) => value.startsWith(wanted))
}

function checkLength(size: number, least: number, most: number): void {
  const details = { ProposedSize: String(size) }
  if (size < least)
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      ...details,
      MinSizeAllowed: String(least),
    })
  if (size > most)
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      ...details,
      MaxSizeAllowed: String(most),
    })
}
