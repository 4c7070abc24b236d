import { S3Error } from '../s3-error.ts'
import type { ReceivedRequest } from '../wire/received-request.ts'
import { type Claim, claimOf } from './claim.ts'
import type { Context } from './condition.ts'
import { contextOf } from './context.ts'
import { parsePolicy, policyAllows } from './policy.ts'
import type { Sessions } from './sessions.ts'
import { type BodySigning, verifySignature } from './signature.ts'
import { timeOfSignature } from './signature-time.ts'

/** The account that everything here belongs to: the one of AWS's own examples. */
export const accountId = '123456789012'

/** Whoever signed a request, and what they may do. */
export type Caller = {
  readonly kind: 'user' | 'federated' | 'role'
  readonly arn: string
  readonly userId: string
  readonly allows: (action: string, resource: string) => boolean
}

/** The keys of an IAM user: no session token goes with them. */
export type LongTermKeys = { readonly accessKeyId: string; readonly secretAccessKey: string }

/** What a signature is held against. */
export type Authority = {
  readonly user: LongTermKeys
  readonly sessions: Sessions
  readonly region: string
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** AWS's tolerance of a client's clock. */
const greatestSkew = 15 * 60_000

/**
 * Says who signed the request for a service. `payloadHash` is what the canonical request must end with. Throws an S3Error:
 * AccessDenied (unsigned, or a presigned URL outside its time), RequestTimeTooSkewed, InvalidAccessKeyId, InvalidToken,
 * ExpiredToken, SignatureDoesNotMatch, or a malformed claim.
 */
export function authenticate(
  authority: Authority,
  request: ReceivedRequest,
  service: 's3' | 'sts',
  payloadHash: (claim: Claim) => string,
): { readonly caller: Caller; readonly signing: BodySigning } {
  const claim = claimOf(request)
  if (claim === null) throw new S3Error('AccessDenied', 'Access Denied')
  checkScope(authority, claim, service)
  checkTime(claim, authority.now())
  const { caller, secretAccessKey } = identityOf(
    authority,
    claim,
    contextOf(request, authority.region, authority.now()),
  )
  const signing = verifySignature(request, claim, secretAccessKey, payloadHash(claim))
  if (signing === null)
    throw new S3Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    )
  checkSignedHeaders(request, claim)
  return { caller, signing }
}

/** Throws unless a claim is for this service, here and of its day. */
export function checkScope(authority: Authority, claim: Claim, service: string): void {
  const code = claim.form === 'header' ? 'AuthorizationHeaderMalformed' : 'AuthorizationQueryParametersError'
  if (claim.service !== service)
    throw new S3Error(code, `The Credential is malformed; incorrect service "${claim.service}". Expected "${service}".`)
  if (claim.region !== authority.region)
    throw new S3Error(
      code,
      `The Credential is malformed; the region '${claim.region}' is wrong; expecting '${authority.region}'`,
      { Region: authority.region },
    )
  if (claim.date !== claim.time.slice(0, 8))
    throw new S3Error(code, `The Credential is malformed; its date "${claim.date}" is not the request's.`)
}

function checkTime(claim: Claim, now: number): void {
  const signedAt = timeOfSignature(claim.time)
  if (signedAt === null) throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date')
  const times = { ServerTime: new Date(now).toISOString() }
  if (claim.lifetime !== null) {
    if (signedAt > now + greatestSkew) throw new S3Error('AccessDenied', 'Request is not valid yet', times)
    if (now > signedAt + claim.lifetime * 1_000) throw new S3Error('AccessDenied', 'Request has expired', times)
  } else if (Math.abs(now - signedAt) > greatestSkew) {
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      { RequestTime: claim.time, ...times, MaxAllowedSkewMilliseconds: String(greatestSkew) },
    )
  }
}

/** Whose keys a claim names. Throws InvalidAccessKeyId, InvalidToken or ExpiredToken. */
export function identityOf(
  authority: Authority,
  claim: Claim,
  context: Context,
): { readonly caller: Caller; readonly secretAccessKey: string } {
  if (claim.sessionToken === null) {
    if (claim.accessKeyId !== authority.user.accessKeyId)
      throw new S3Error('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', {
        AWSAccessKeyId: claim.accessKeyId,
      })
    const arn = `arn:aws:iam::${accountId}:user/longshore`
    return {
      caller: { kind: 'user', arn, userId: 'AIDAEXAMPLELONGSHORE', allows: () => true },
      secretAccessKey: authority.user.secretAccessKey,
    }
  }
  const session = authority.sessions.open(claim.sessionToken)
  if (session === null || session.accessKeyId !== claim.accessKeyId)
    throw new S3Error('InvalidToken', 'The provided token is malformed or otherwise invalid.')
  if (session.expiration <= authority.now()) throw new S3Error('ExpiredToken', 'The provided token has expired.')
  const policy = session.policy === null ? null : parsePolicy(session.policy)
  const allows = (action: string, resource: string) =>
    session.policy === null || (policy !== null && policyAllows(policy, action, resource, context))
  const { kind, arn, userId, secretAccessKey } = session
  return { caller: { kind, arn, userId, allows }, secretAccessKey }
}

/** AWS refuses a request whose `x-amz-*` headers are not all covered by its signature: they could have been added since. */
function checkSignedHeaders(request: ReceivedRequest, claim: Claim): void {
  const unsigned = Object.keys(request.headers).filter(
    (name) =>
      (name === 'host' || (name.startsWith('x-amz-') && name !== 'x-amz-content-sha256')) &&
      !claim.signedHeaders.includes(name),
  )
  if (unsigned.length > 0)
    throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.join(', '),
    })
}
