/** A bucket's name or an access point's ARN, and the region that its requests are signed for. */
export type Place = { readonly bucket: string; readonly region: string }

/** Regions' names begin with these outside of AWS's commercial partition (the SDK's `partitions.json`). */
const partitions = [
  ['cn-', 'aws-cn'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
  ['eusc-', 'aws-eusc'],
] as const

/** The partition of a region, `aws` for names that are not AWS's own. */
export const partitionOf = (region: string): string =>
  partitions.find(([beginning]) => region.startsWith(beginning))?.[1] ?? 'aws'

/** Whether it is an access point that is named so, not a bucket. */
export const isArn = (bucket: string): boolean => bucket.startsWith('arn:')

/** The service whose actions a policy names: an access point on Outposts has its own. */
export const serviceOf = (bucket: string): 's3' | 's3-outposts' =>
  isArn(bucket) && bucket.split(':')[2] === 's3-outposts' ? 's3-outposts' : 's3'

/** What a policy calls the objects whose keys begin so. An access point's are its own; an alias has no ARN. */
export const objectsArn = ({ bucket, region }: Place, prefix: string): string =>
  isArn(bucket) ? `${bucket}/object/${prefix}*` : `arn:${partitionOf(region)}:s3:::${bucket}/${prefix}*`

/** Whether an address is AWS's own; null is its usual one. Only AWS's policies know KMS: others refuse what names it. */
export const isOfAws = (endpoint: string | null): boolean =>
  endpoint === null || /^https:\/\/[\w.-]+\.amazonaws\.com(\.cn)?(:\d+)?\/?$/.test(endpoint)

/** UUIDs, and the ids of multi-region keys. */
const kmsKeyId = /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/
const kmsKeyArn = /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-z-]+$/

/**
 * What a policy calls a KMS key: by its ARN or id; an id alone is the caller's own key in its account, whichever that is.
 * Null, S3's own key: any, since no one knows its id before it is first used. Undefined for anything else: a policy cannot
 * name a key by its alias.
 */
export const kmsKeysArn = (keyId: string | null, region: string): string | undefined => {
  if (keyId !== null && kmsKeyArn.test(keyId)) return keyId
  if (keyId !== null && !kmsKeyId.test(keyId)) return undefined
  return `arn:${partitionOf(region)}:kms:${region}:*:key/${keyId ?? '*'}`
}
