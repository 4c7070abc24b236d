import type { ObjectOptions } from '../../shared/object-options.ts'
import { kmsKeysArn, objectsArn, type Place, serviceOf } from './arn.ts'
import type { Conditions } from './conditions.ts'

/** What of a purpose its session policy depends on. */
export type PolicyPurpose = { readonly options: ObjectOptions; readonly conditions: Conditions }

/** Who reads a policy: `kms` where it is AWS, whose policies have to name KMS keys. */
export type PolicyReader = { readonly kms: boolean }

/** Actions on the keys under the prefix, and on the KMS key. */
type Needs = { readonly objects?: readonly string[]; readonly kmsKey?: readonly string[] }

/**
 * What a client may do: always, and for each option that a purpose has (S3 user guide, "Required permissions for Amazon S3
 * API operations"). Create, UploadPart, Complete and PutObject are all `PutObject`. A client never reads.
 */
const needs: Readonly<Record<'always' | keyof ObjectOptions, Needs>> = {
  always: { objects: ['PutObject', 'AbortMultipartUpload', 'ListMultipartUploadParts'] },
  encryption: { kmsKey: ['kms:GenerateDataKey', 'kms:Decrypt'] },
  storageClass: {},
  tags: { objects: ['PutObjectTagging'] },
  metadata: {},
  objectLock: { objects: ['PutObjectRetention'] },
  legalHold: { objects: ['PutObjectLegalHold'] },
  createOnly: {},
}

/** STS's limit of an inline session policy, in characters. */
export const longestPolicy = 2_048
/** Wildcards and policy variables of IAM's `Resource`. */
const widening = /[*?$]/

/**
 * The inline policy of a grant: what its purpose needs on the keys under one prefix, and nothing else.
 * Throws where bucket or prefix could widen it, or make it too long: the configuration refuses such values before.
 */
export const sessionPolicy = (place: Place, prefix: string, purpose: PolicyPurpose, reader: PolicyReader): string => {
  if (widening.test(place.bucket) || widening.test(prefix)) {
    throw new RangeError('a wildcard or variable in bucket or prefix')
  }
  if (!prefix.endsWith('/')) throw new RangeError('a prefix that does not end with /')
  const policy = policyText(place, prefix, purpose, reader)
  if (policy.length > longestPolicy) throw new RangeError('a session policy that is too long')
  return policy
}

/** The policy of a prefix that is known to be harmless, however long. */
export const policyText = (
  place: Place,
  prefix: string,
  { options, conditions }: PolicyPurpose,
  { kms }: PolicyReader,
): string => {
  const needed = (['always', ...usedOptions(options)] as const).map((option) => needs[option])
  const service = serviceOf(place.bucket)
  const objects = {
    Effect: 'Allow',
    Action: needed.flatMap((need) => need.objects ?? []).map((action) => `${service}:${action}`),
    Resource: objectsArn(place, prefix),
  }
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      ...alternatives(conditions).map((condition) => ({
        ...objects,
        ...(Object.keys(condition).length > 0 && { Condition: condition }),
      })),
      ...(kms
        ? kmsStatements(
            options,
            place.region,
            needed.flatMap((need) => need.kmsKey ?? []),
          )
        : []),
      ...(options.createOnly ? [denyOverwriting] : []),
    ],
  })
}

const usedOptions = (options: ObjectOptions) =>
  (Object.keys(options) as (keyof ObjectOptions)[]).filter((option) => {
    const value = options[option]
    return typeof value === 'object' ? Object.keys(value).length > 0 : value !== undefined && value !== false
  })

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>

/** The conditions under which a request is allowed, one of which must hold. */
const alternatives = ({ sourceIps, vpcEndpoints, secureTransport }: Conditions): readonly Condition[] => {
  const always: Condition = secureTransport ? { Bool: { 'aws:SecureTransport': 'true' } } : {}
  const ways: readonly Condition[] = [
    ...(sourceIps ? [{ IpAddress: { 'aws:SourceIp': sourceIps } }] : []),
    ...(vpcEndpoints ? [{ StringEquals: { 'aws:SourceVpce': vpcEndpoints } }] : []),
  ]
  return ways.length === 0 ? [always] : ways.map((way) => ({ ...way, ...always }))
}

/** S3 uses the key in the client's name; the client itself may not ask KMS for anything. */
const kmsStatements = ({ encryption }: ObjectOptions, region: string, actions: readonly string[]) => {
  const key = encryption?.by === 'kms' ? kmsKeysArn(encryption.keyId, region) : undefined
  if (key === undefined) return []
  const onlyThroughS3 = { StringLike: { 'kms:ViaService': `s3.${region}.*` } }
  return [{ Effect: 'Allow', Action: actions, Resource: key, Condition: onlyThroughS3 }]
}

/**
 * A write without `If-None-Match` (S3 user guide, "Enforce conditional writes"). CreateMultipartUpload and UploadPart
 * create no object and know no such header.
 */
const denyOverwriting = {
  Effect: 'Deny',
  Action: 's3:PutObject',
  Resource: '*',
  Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
}
