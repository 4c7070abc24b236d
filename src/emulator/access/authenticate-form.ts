import { S3Error } from '../s3-error.ts'
import type { ReceivedRequest } from '../wire/received-request.ts'
import { type Authority, type Caller, checkScope, identityOf } from './authenticate.ts'
import { type Claim, scopeOf } from './claim.ts'
import { contextOf } from './context.ts'
import { checkPostPolicy, type Fields } from './post-policy.ts'
import { type BodySigning, sameSignature, signingKeyOf, signText } from './signature.ts'

/**
 * Says who signed the policy of a POST form, where it allows these fields and a file of this size. Throws an S3Error:
 * AccessDenied, InvalidArgument, SignatureDoesNotMatch, or what is wrong with keys or policy.
 */
export function authenticateForm(
  authority: Authority,
  request: ReceivedRequest,
  fields: Fields,
  fileSize: number,
): { readonly caller: Caller; readonly signing: BodySigning } {
  const policy = fields.get('policy')
  if (policy === undefined) throw new S3Error('AccessDenied', 'Access Denied')
  const claim = claimOfForm(fields)
  checkScope(authority, claim, 's3')
  const { caller, secretAccessKey } = identityOf(
    authority,
    claim,
    contextOf(request, authority.region, authority.now()),
  )
  const key = signingKeyOf(claim, secretAccessKey)
  if (!sameSignature(signText(key, policy), claim.signature))
    throw new S3Error(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    )
  checkPostPolicy(policy, fields, fileSize, authority.now())
  const scope = `${claim.date}/${claim.region}/s3/aws4_request`
  return { caller, signing: { key, time: claim.time, scope, seed: claim.signature } }
}

function claimOfForm(fields: Fields): Claim {
  const needed = (name: string): string => {
    const value = fields.get(name)
    if (!value)
      throw new S3Error('InvalidArgument', `Bucket POST must contain a field named '${name}'.`, { ArgumentName: name })
    return value
  }
  if (needed('x-amz-algorithm') !== 'AWS4-HMAC-SHA256')
    throw new S3Error('InvalidArgument', 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"')
  return {
    form: 'post',
    ...scopeOf(needed('x-amz-credential'), (message) => new S3Error('InvalidArgument', message)),
    signedHeaders: [],
    signature: needed('x-amz-signature'),
    time: needed('x-amz-date'),
    sessionToken: fields.get('x-amz-security-token') ?? null,
    lifetime: null,
  }
}
