import { randomBytes } from 'node:crypto'
import type { Caller } from '../access/authenticate.ts'
import type { IncomingBody } from '../body/receive-body.ts'
import type { Switches } from '../faults/switches.ts'
import { S3Error } from '../s3-error.ts'
import type { Bucket } from '../store/bucket.ts'
import type { Store } from '../store/store.ts'
import type { Answer } from '../wire/answer.ts'
import { parameter, type ReceivedRequest } from '../wire/received-request.ts'

/** An authenticated request for one operation. `bucketName` and `key` are empty where the path names none. */
export type Call = {
  readonly bucketName: string
  readonly key: string
  readonly request: ReceivedRequest
  readonly body: IncomingBody
  readonly caller: Caller
}

/** What the operations work on. */
export type Emulation = {
  readonly store: Store
  readonly region: string
  /** Bytes that each part but the last must have. */
  readonly minPartSize: number
  /** Days of the lifecycle rule for unfinished uploads; null: no rule. */
  readonly abortAfterDays: number | null
  readonly now: () => number
  readonly switches: () => Switches
}

/** One of S3's operations, named as in its API reference. Throws the S3Error that S3 would answer. */
export type Operation = (call: Call, emulation: Emulation) => Promise<Answer>

/** The resource that policies name: a bucket's where the key is empty. */
export const arnOf = (bucketName: string, key: string): string =>
  `arn:aws:s3:::${bucketName}${key === '' ? '' : `/${key}`}`

/** Throws AccessDenied, worded as AWS words it, unless the caller may do this. */
export function demand(caller: Caller, action: string, bucketName: string, key: string): void {
  const resource = arnOf(bucketName === '' ? '*' : bucketName, key)
  if (!caller.allows(action, resource))
    throw new S3Error(
      'AccessDenied',
      `User: ${caller.arn} is not authorized to perform: ${action} on resource: "${resource}" because no session policy allows the ${action} action`,
    )
}

/** Throws NoSuchBucket. */
export function bucketOf({ store }: Emulation, bucketName: string): Bucket {
  const bucket = store.buckets.get(bucketName)
  if (bucket === undefined)
    throw new S3Error('NoSuchBucket', 'The specified bucket does not exist', { BucketName: bucketName })
  return bucket
}

/** A whole number from the query, `otherwise` where it is absent; InvalidArgument where it is not in range. */
export function numberParameter(
  request: ReceivedRequest,
  name: string,
  range: { readonly least: number; readonly most: number },
  otherwise: number,
): number {
  const text = parameter(request, name)
  if (text === undefined || text === '') return otherwise
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= range.least && value <= range.most))
    throw new S3Error(
      'InvalidArgument',
      `Argument ${name} must be an integer between ${range.least} and ${range.most}`,
      {
        ArgumentName: name,
        ArgumentValue: text,
      },
    )
  return value
}

/** The size of one answered page of a list: at most 1,000, whatever more is asked for. */
export const pageSize = (request: ReceivedRequest, name: string): number =>
  Math.min(1_000, numberParameter(request, name, { least: 0, most: 2_147_483_647 }, 1_000))

/** The ETag of bytes with this MD5. */
export const etagOf = (md5: string, { switches }: Emulation): string =>
  switches().opaqueEtags ? randomBytes(16).toString('hex') : md5

export const quoted = (etag: string): string => `"${etag}"`
export const isoTime = (time: number): string => new Date(time).toISOString()
