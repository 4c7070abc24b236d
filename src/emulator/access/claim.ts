import { S3Error } from '../s3-error.ts'
import { parameter, type ReceivedRequest } from '../wire/received-request.ts'

/** Who a request says it comes from, and how it proves it; nothing of it is verified yet. */
export type Claim = {
  readonly form: 'header' | 'query' | 'post'
  readonly accessKeyId: string
  /** `YYYYMMDD` of the credential scope. */
  readonly date: string
  readonly region: string
  readonly service: string
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** `YYYYMMDDTHHMMSSZ`, as signed. */
  readonly time: string
  readonly sessionToken: string | null
  /** Seconds that a presigned URL is good for; null in the other forms. */
  readonly lifetime: number | null
}

const longestLifetime = 604_800

function claimOfHeader(request: ReceivedRequest, authorization: string): Claim {
  const malformed = (message: string) => new S3Error('AuthorizationHeaderMalformed', message)
  if (!authorization.startsWith('AWS4-HMAC-SHA256'))
    throw new S3Error(
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    )
  const fields = Object.fromEntries(
    authorization
      .slice('AWS4-HMAC-SHA256'.length)
      .split(',')
      .map((field) => field.trim().split(/=(.*)/s, 2)),
  )
  const { Credential, SignedHeaders, Signature } = fields
  if (!Credential || !SignedHeaders || !Signature)
    throw malformed('The authorization header is malformed; it needs Credential, SignedHeaders and Signature.')
  const time = request.headers['x-amz-date']
  if (time === undefined)
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header')
  return {
    form: 'header',
    ...scopeOf(Credential, malformed),
    signedHeaders: SignedHeaders.split(';'),
    signature: Signature,
    time,
    sessionToken: request.headers['x-amz-security-token'] ?? null,
    lifetime: null,
  }
}

function claimOfQuery(request: ReceivedRequest): Claim {
  const malformed = (message: string) => new S3Error('AuthorizationQueryParametersError', message)
  const needed = (name: string): string => {
    const value = parameter(request, name)
    if (!value) throw malformed(`Query-string authentication version 4 requires the ${name} parameter.`)
    return value
  }
  if (needed('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256')
    throw malformed('X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"')
  const expires = needed('X-Amz-Expires')
  const lifetime = /^\d{1,9}$/.test(expires) ? Number(expires) : 0
  if (lifetime < 1 || lifetime > longestLifetime)
    throw malformed('X-Amz-Expires must be a number of seconds from 1 to 604800 (one week)')
  return {
    form: 'query',
    ...scopeOf(needed('X-Amz-Credential'), malformed),
    signedHeaders: needed('X-Amz-SignedHeaders').split(';'),
    signature: needed('X-Amz-Signature'),
    time: needed('X-Amz-Date'),
    sessionToken: parameter(request, 'X-Amz-Security-Token') ?? null,
    lifetime,
  }
}

/** The parts of a Credential; throws what `malformed` makes. */
export function scopeOf(credential: string, malformed: (message: string) => S3Error) {
  const [accessKeyId, date, region, service, terminator, ...rest] = credential.split('/')
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request' || rest.length > 0)
    throw malformed('The Credential is malformed; expecting "<access key id>/YYYYMMDD/REGION/SERVICE/aws4_request".')
  return { accessKeyId, date, region, service }
}

/** Null: the request is not signed. Throws the S3Error of a claim that cannot be read. */
export function claimOf(request: ReceivedRequest): Claim | null {
  const authorization = request.headers.authorization
  const presigned = ['X-Amz-Algorithm', 'X-Amz-Signature'].some((name) => parameter(request, name) !== undefined)
  if (authorization !== undefined && presigned)
    throw new S3Error(
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    )
  if (authorization !== undefined) return claimOfHeader(request, authorization)
  return presigned ? claimOfQuery(request) : null
}
