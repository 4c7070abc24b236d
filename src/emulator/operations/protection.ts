import { accountId } from '../access/authenticate.ts'
import { S3Error } from '../s3-error.ts'
import type { ObjectProperties, ObjectRecord } from '../store/records.ts'
import type { ReceivedRequest } from '../wire/received-request.ts'
import { type Call, demand, type Emulation } from './operation.ts'

const encryptionHeader = 'x-amz-server-side-encryption'
const kmsKeyHeader = 'x-amz-server-side-encryption-aws-kms-key-id'
const modeHeader = 'x-amz-object-lock-mode'
const retainHeader = 'x-amz-object-lock-retain-until-date'
const holdHeader = 'x-amz-object-lock-legal-hold'
/** Of encryption and object lock. */
export const protectionHeaders = [encryptionHeader, kmsKeyHeader, modeHeader, retainHeader, holdHeader]

/** Stands for the key of the account that S3 makes by itself. */
const ownKeyId = '00000000-0000-4000-8000-000000000000'

/**
 * What a write's headers say of encryption and object lock, by header name, to be told again. Nothing is encrypted here:
 * only the rights to do so are asked for. Throws what S3 would answer to values that are wrong.
 */
export function protectionOf({ headers }: ReceivedRequest, { region, now }: Emulation): Record<string, string> {
  const encryption = headers[encryptionHeader]
  const keyId = headers[kmsKeyHeader]
  if ((encryption !== undefined && !['AES256', 'aws:kms'].includes(encryption)) || (keyId && encryption !== 'aws:kms'))
    throw new S3Error('InvalidArgument', 'The encryption method specified is not supported')
  const mode = headers[modeHeader]
  const retainUntil = headers[retainHeader]
  if ((mode === undefined) !== (retainUntil === undefined))
    throw new S3Error(
      'InvalidArgument',
      'x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied',
    )
  if (mode !== undefined && !['GOVERNANCE', 'COMPLIANCE'].includes(mode))
    throw new S3Error('InvalidArgument', 'Unknown wormMode directive.')
  if (retainUntil !== undefined && !(Date.parse(retainUntil) > now()))
    throw new S3Error('InvalidArgument', 'The retain until date must be in the future!')
  const hold = headers[holdHeader]
  if (hold !== undefined && hold !== 'ON' && hold !== 'OFF')
    throw new S3Error('InvalidArgument', 'Legal Hold must be either of "ON" or "OFF"')
  const given = protectionHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))
  return { ...Object.fromEntries(given), ...(encryption === 'aws:kms' && { [kmsKeyHeader]: keyArnOf(keyId, region) }) }
}

const keyArnOf = (keyId: string = ownKeyId, region: string): string =>
  keyId.startsWith('arn:') ? keyId : `arn:aws:kms:${region}:${accountId}:key/${keyId}`

/** The rights that S3 asks for besides `s3:PutObject`. A multipart upload is read with its key again when it is completed. */
export function demandProtection(
  { caller, bucketName, key }: Call,
  protection: Record<string, string>,
  { inParts }: { readonly inParts: boolean },
): void {
  if (protection[modeHeader] !== undefined) demand(caller, 's3:PutObjectRetention', bucketName, key)
  if (protection[holdHeader] !== undefined) demand(caller, 's3:PutObjectLegalHold', bucketName, key)
  const keyArn = protection[kmsKeyHeader]
  if (keyArn === undefined) return
  for (const action of ['kms:GenerateDataKey', ...(inParts ? ['kms:Decrypt'] : [])])
    if (!caller.allows(action, keyArn))
      throw new S3Error(
        'AccessDenied',
        `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${keyArn} because no session policy allows the ${action} action`,
      )
}

export function isLocked(record: ObjectRecord | undefined, now: number): boolean {
  const headers = record?.properties.headers ?? {}
  const retainUntil = headers[retainHeader]
  return headers[holdHeader] === 'ON' || (retainUntil !== undefined && Date.parse(retainUntil) > now)
}

/**
 * Throws AccessDenied while an object is locked. S3 keeps a locked version and takes another one; there are no versions here,
 * so that what would destroy it is refused.
 */
export function refuseLocked(record: ObjectRecord | undefined, now: number): void {
  if (isLocked(record, now)) throw new S3Error('AccessDenied', 'Access Denied because object protected by object lock.')
}

/** What a copy takes over: neither lock nor encryption go with it. */
export const withoutProtection = (properties: ObjectProperties): ObjectProperties => ({
  ...properties,
  headers: Object.fromEntries(Object.entries(properties.headers).filter(([name]) => !protectionHeaders.includes(name))),
})
