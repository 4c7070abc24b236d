/** What a client does with its grant: Create, UploadPart, Complete and PutObject are all `s3:PutObject`. It never reads. */
const actions = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']

/** STS's limit of an inline session policy, in characters. */
const longestPolicy = 2_048
/** Wildcards and policy variables of IAM's `Resource`. */
const widening = /[*?$]/

/**
 * The inline policy of a grant: its actions on the keys under one prefix, and nothing else.
 * Throws where bucket or prefix could widen it: the configuration refuses such values before.
 */
export const sessionPolicy = (bucket: string, prefix: string): string => {
  if (widening.test(bucket) || widening.test(prefix)) throw new RangeError('a wildcard or variable in bucket or prefix')
  if (!prefix.endsWith('/')) throw new RangeError('a prefix that does not end with /')
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: actions, Resource: `arn:aws:s3:::${bucket}/${prefix}*` }],
  })
  if (policy.length > longestPolicy) throw new RangeError('a session policy that is too long')
  return policy
}
