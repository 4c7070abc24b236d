import type { Caller } from '../access/authenticate.ts'
import { contextOf } from '../access/context.ts'
import { parseBucketPolicy, policyDenies } from '../access/policy.ts'
import { announcedChecksum, receiveText } from '../body/receive-body.ts'
import { S3Error } from '../s3-error.ts'
import { emptyAnswer } from '../wire/answer.ts'
import type { ReceivedRequest } from '../wire/received-request.ts'
import { bucketOf, type Emulation, type Operation } from './operation.ts'

/** Who can change a policy is never shut out by it: here everyone's account is the one that owns the bucket. */
const policyActions = ['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy']

/** The caller of a request, who may do what the bucket's policy does not deny. */
export function underPolicyOf(
  bucketName: string,
  caller: Caller,
  request: ReceivedRequest,
  { store, region, now }: Emulation,
): Caller {
  const text = store.buckets.get(bucketName)?.policy() ?? null
  const policy = text === null ? null : parseBucketPolicy(text)
  if (policy === null) return caller
  const context = contextOf(request, region, now())
  const isDenied = (action: string, resource: string) =>
    !policyActions.includes(action) && policyDenies(policy, action, resource, context)
  return { ...caller, allows: (action, resource) => caller.allows(action, resource) && !isDenied(action, resource) }
}

/** Policies that only deny: whoever comes is of the bucket's own account, and needs no Allow. */
export const putBucketPolicy: Operation = async (call, emulation) => {
  const bucket = bucketOf(emulation, call.bucketName)
  const text = await receiveText(call.body, announcedChecksum(call.request))
  if (parseBucketPolicy(text) === null)
    throw new S3Error('MalformedPolicy', 'The policy is malformed, or uses what is not supported.')
  bucket.setPolicy(text)
  return emptyAnswer(204)
}

export const getBucketPolicy: Operation = async (call, emulation) => {
  const body = bucketOf(emulation, call.bucketName).policy()
  if (body === null) throw new S3Error('NoSuchBucketPolicy', 'The bucket policy does not exist')
  return { status: 200, headers: { 'content-type': 'application/json' }, body }
}

export const deleteBucketPolicy: Operation = async (call, emulation) => {
  bucketOf(emulation, call.bucketName).setPolicy(null)
  return emptyAnswer(204)
}
