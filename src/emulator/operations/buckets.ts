import { z } from 'zod'
import { accountId } from '../access/authenticate.ts'
import { announcedChecksum, receiveText } from '../body/receive-body.ts'
import { S3Error } from '../s3-error.ts'
import { emptyAnswer, xmlAnswer } from '../wire/answer.ts'
import { readXml } from '../wire/xml.ts'
import { bucketOf, isoTime, type Operation } from './operation.ts'

/** Whoever owns all buckets and objects. */
export const owner = { ID: accountId, DisplayName: 'longshore' } as const

/** S3's naming rules for general purpose buckets; they also make the name safe as a folder's name. */
const bucketName = /^(?!xn--)(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
export const isBucketName = (name: string): boolean => bucketName.test(name)

export const listBuckets: Operation = async (_call, { store }) =>
  xmlAnswer('ListAllMyBucketsResult', {
    Owner: owner,
    Buckets: {
      Bucket: [...store.buckets.values()]
        .sort((left, right) => (left.name < right.name ? -1 : 1))
        .map(({ name, createdAt }) => ({ Name: name, CreationDate: isoTime(createdAt) })),
    },
  })

const configurationSchema = z.object({
  CreateBucketConfiguration: z.union([z.string(), z.object({ LocationConstraint: z.string().optional() })]),
})

/** Creating a bucket that is there already is answered with 200, as in us-east-1. */
export const createBucket: Operation = async (call, { store, region, now }) => {
  if (!isBucketName(call.bucketName))
    throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.', { BucketName: call.bucketName })
  const text = await receiveText(call.body, announcedChecksum(call.request))
  const configuration = text === '' ? '' : readXml(text, configurationSchema, []).CreateBucketConfiguration
  const location = typeof configuration === 'string' ? undefined : configuration.LocationConstraint
  if (location !== undefined && location.trim() !== region)
    throw new S3Error(
      'IllegalLocationConstraintException',
      `The ${location} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    )
  if (!store.buckets.has(call.bucketName)) store.createBucket(call.bucketName, now())
  return emptyAnswer(200, { location: `/${call.bucketName}` })
}

export const headBucket: Operation = async (call, emulation) => {
  bucketOf(emulation, call.bucketName)
  return emptyAnswer(200, { 'x-amz-bucket-region': emulation.region })
}

export const deleteBucket: Operation = async (call, emulation) => {
  if (bucketOf(emulation, call.bucketName).objects.size > 0)
    throw new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty', { BucketName: call.bucketName })
  emulation.store.deleteBucket(call.bucketName)
  return emptyAnswer(204)
}

/** An empty element is S3's name for us-east-1. */
export const getBucketLocation: Operation = async (call, emulation) => {
  bucketOf(emulation, call.bucketName)
  return xmlAnswer('LocationConstraint', {})
}
