import { z } from 'zod'
import { isSafeAddress } from '../../shared/safe-address.ts'
import { isArn, type Place } from '../policy/arn.ts'

export const endpointSchema = z.string().refine(isSafeAddress, 'must be an https address, or http on loopback')

/** Behind which paths are written. */
export const baseAddressSchema = endpointSchema.regex(/^[^?#]*$/, 'must have no query and no fragment')

/** A bucket's name, which an access point's alias looks like, too. */
const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
/** Of an access point, or of one on Outposts. */
const accessPointArn =
  /^arn:aws[a-z-]*:s3(-outposts)?:[a-z0-9-]+:\d{12}:(accesspoint\/[a-z0-9-]{3,50}|outpost\/op-[0-9a-f]+\/accesspoint\/[a-z0-9-]{3,50})$/
const multiRegionArn = /^arn:aws[a-z-]*:s3::\d{12}:accesspoint\/[a-z0-9]+\.mrap$/

/** Of access points, and of those on Outposts (S3 user guide, "Access point aliases"). */
const isAlias = (bucket: string): boolean => /(-s3alias|--op-s3)$/.test(bucket)
/** Directory buckets, table buckets and Object Lambda have interfaces of their own. */
const isOther = (bucket: string): boolean => /--(x|table|ol)-s3$|\.mrap$/.test(bucket)

const bucketNameSchema = z
  .string()
  .refine((bucket) => bucketName.test(bucket) && !isOther(bucket), 'must be a bucket or access point')

export const storeSchema = z
  .strictObject({
    /** A bucket, or the ARN or alias of an access point. */
    bucket: z.union([bucketNameSchema, z.string().regex(accessPointArn)], 'must be a bucket or access point'),
    /** Where `bucket` is an alias: the access point's ARN, since policies do not know aliases. */
    accessPoint: z.string().regex(accessPointArn, 'must be the ARN of an access point').optional(),
    region: z.string().min(1),
    /**
     * A multi-region access point and the buckets behind it, this one first: each grant is for one of them, since an
     * upload lives in one bucket. Links go by the access point.
     */
    multiRegion: z
      .strictObject({
        arn: z.string().regex(multiRegionArn, 'must be the ARN of a multi-region access point'),
        buckets: z.array(z.strictObject({ bucket: bucketNameSchema, region: z.string().min(1) })).min(1),
      })
      .optional(),
    /** Null: AWS's own endpoint of the region. */
    endpoint: endpointSchema.nullable().default(null),
    /** What clients are told, where they reach the store by another address than the broker. */
    publicEndpoint: endpointSchema.nullable().default(null),
    addressing: z.enum(['virtual_host', 'path']).default('virtual_host'),
    /** S3 Transfer Acceleration, and its dual-stack endpoints. */
    accelerate: z.boolean().default(false),
    dualStack: z.boolean().default(false),
  })
  .refine(({ bucket, accessPoint }) => isAlias(bucket) === (accessPoint !== undefined), {
    path: ['accessPoint'],
    message: 'must be set where bucket is the alias of an access point, and only there',
  })
  .refine(({ bucket, accessPoint = bucket, region }) => !isArn(accessPoint) || accessPoint.split(':')[3] === region, {
    path: ['region'],
    message: 'must be the region of the access point',
  })
  .refine(({ bucket, addressing }) => !isArn(bucket) || addressing === 'virtual_host', {
    path: ['addressing'],
    message: 'must be virtual_host for the ARN of an access point',
  })
  .refine(({ bucket, accelerate }) => !accelerate || !(isArn(bucket) || isAlias(bucket) || bucket.includes('.')), {
    path: ['accelerate'],
    message: 'is neither for access points nor for buckets with a dot in their name',
  })
  .refine(({ multiRegion, endpoint, publicEndpoint }) => !multiRegion || (endpoint ?? publicEndpoint) === null, {
    path: ['endpoint'],
    message: 'must be left out: multiRegion is of AWS',
  })
  .refine(
    ({ multiRegion, bucket, region }) =>
      !multiRegion || (multiRegion.buckets[0]?.bucket === bucket && multiRegion.buckets[0].region === region),
    { path: ['multiRegion', 'buckets'], message: 'must begin with the bucket and region of the store' },
  )
  .refine(({ endpoint, accelerate, dualStack }) => endpoint === null || !(accelerate || dualStack), {
    path: ['endpoint'],
    message: 'must be left out: accelerate and dualStack are endpoints of AWS',
  })
  .refine(({ addressing, accelerate }) => !accelerate || addressing === 'virtual_host', {
    path: ['addressing'],
    message: 'must be virtual_host for Transfer Acceleration',
  })
  .transform((store) => ({ ...store, publicEndpoint: store.publicEndpoint ?? store.endpoint }))
export type StoreSettings = z.output<typeof storeSchema>

/** The bucket as a policy and a grant name it: never by an alias. */
export const bucketOf = ({ bucket, accessPoint }: StoreSettings): string => accessPoint ?? bucket

/** A grant's bucket as clients address it: by the alias that the operator wrote. */
export const addressedBucket = ({ bucket, accessPoint }: StoreSettings, granted: string): string =>
  granted === accessPoint ? bucket : granted

/** Where a grant can be for: the bucket, or each behind a multi-region access point. */
export const placesOf = (store: StoreSettings): readonly Place[] =>
  store.multiRegion?.buckets ?? [{ bucket: bucketOf(store), region: store.region }]
