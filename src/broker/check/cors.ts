import { type CORSRule, GetBucketCorsCommand, PutBucketCorsCommand, type S3Client } from '@aws-sdk/client-s3'
import { awsFailure } from '../aws-failure.ts'
import { type Finding, fine, reasonOf, unseenFor, wrong } from './finding.ts'

type Wanted = {
  readonly bucket: string
  /** Of the invitation page; null: there is none. */
  readonly origin: string | null
  readonly fix: boolean
}

const id = 'longshore-invitations'
const methods = ['PUT', 'POST']
/** What the page sends, by way of example; presigned requests carry all that was signed. */
const sent = ['content-type', 'content-md5', 'x-amz-checksum-crc32', 'x-amz-meta-anything']
/** What the page must be able to read of an answer. */
const read = ['etag', 'x-amz-checksum-crc32']

const ruleFor = (origin: string): CORSRule => ({
  ID: id,
  AllowedOrigins: [origin],
  AllowedMethods: methods,
  AllowedHeaders: ['*'],
  ExposeHeaders: ['ETag', 'x-amz-checksum-crc32'],
  MaxAgeSeconds: 3_600,
})

/** Whether the invitation page may send parts, and read what the store says of them. */
export const checkCors = async (s3: S3Client, { bucket, origin, fix }: Wanted): Promise<readonly Finding[]> => {
  const check = `CORS of ${bucket}`
  if (origin === null) return [fine(check, 'is not needed: no purpose has invitations')]
  let rules: readonly CORSRule[]
  try {
    rules = await rulesOf(s3, bucket)
  } catch (error) {
    return [unseenFor(check, error, 's3:GetBucketCORS')]
  }
  if (methods.every((method) => isAllowed(rules, origin, method))) return [fine(check, `lets ${origin} send`)]
  if (!fix) {
    return [
      wrong(
        check,
        `the invitation page at ${origin} cannot send, or cannot read ETag and x-amz-checksum-crc32`,
        `add a rule: ${JSON.stringify(ruleFor(origin))}, or run the check with --fix`,
      ),
    ]
  }
  const kept = rules.filter(({ ID }) => ID !== id)
  try {
    // The first rule that fits is the one that counts.
    const CORSRules = [ruleFor(origin), ...kept]
    await s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules } }))
  } catch (error) {
    const says = `it could not be set (${reasonOf(error)})`
    return [wrong(check, says, 'allow s3:PutBucketCORS to whoever runs the check')]
  }
  return [fine(check, `lets ${origin} send`, { changed: `set ${id}; kept the ${kept.length} other rules behind it` })]
}

/** By the first rule that fits, as S3 decides. */
const isAllowed = (rules: readonly CORSRule[], origin: string, method: string): boolean => {
  const rule = rules.find(
    ({ AllowedOrigins = [], AllowedMethods = [], AllowedHeaders = [] }) =>
      AllowedOrigins.some((pattern) => fits(pattern, origin)) &&
      AllowedMethods.includes(method) &&
      sent.every((header) => AllowedHeaders.some((pattern) => fits(pattern.toLowerCase(), header))),
  )
  const exposed = rule?.ExposeHeaders?.map((header) => header.toLowerCase()) ?? []
  return read.every((header) => exposed.includes(header))
}

/** A pattern may hold one `*`. */
const fits = (pattern: string, text: string): boolean => {
  const [start = '', end] = pattern.split('*')
  if (end === undefined) return pattern === text
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
}

const rulesOf = async (s3: S3Client, Bucket: string): Promise<readonly CORSRule[]> => {
  try {
    return (await s3.send(new GetBucketCorsCommand({ Bucket }))).CORSRules ?? []
  } catch (error) {
    const { name, status } = awsFailure('', error)
    // Ceph names it otherwise.
    if (name === 'NoSuchCORSConfiguration' || (status === 404 && name !== 'NoSuchBucket')) return []
    throw error
  }
}
