import { type Authority, authenticate } from './access/authenticate.ts'
import type { Claim } from './access/claim.ts'
import type { Pace } from './body/pace.ts'
import { type Call, demand, type Emulation } from './operations/operation.ts'
import { operations } from './operations/operations.ts'
import { type OperationName, routeOf } from './operations/route.ts'
import { S3Error } from './s3-error.ts'
import type { Answer } from './wire/answer.ts'
import { decodeUri, parameter, type ReceivedRequest } from './wire/received-request.ts'

/** S3's limit of a key in UTF-8 bytes. */
const longestKey = 1_024

/** What `x-amz-content-sha256` says, which S3 requires; a presigned URL without it means that the payload is not signed. */
function payloadHashOf(request: ReceivedRequest, claim: Claim): string {
  const given = request.headers['x-amz-content-sha256'] ?? parameter(request, 'X-Amz-Content-Sha256')
  if (given === undefined && claim.form === 'query') return 'UNSIGNED-PAYLOAD'
  if (given === undefined)
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256')
  if (!/^([0-9a-f]{64}|UNSIGNED-PAYLOAD|STREAMING-[A-Z0-9-]+)$/.test(given))
    throw new S3Error(
      'InvalidArgument',
      'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
    )
  return given
}

function targetOf(path: string): { readonly bucketName: string; readonly key: string } {
  const [, bucketName = '', key = ''] = /^\/([^/]*)(?:\/(.*))?$/s.exec(decodeUri(path)) ?? []
  if (bucketName === '' && key !== '') throw new S3Error('InvalidBucketName', 'The specified bucket is not valid.')
  if (Buffer.byteLength(key) > longestKey) throw new S3Error('KeyTooLongError', 'Your key is too long')
  return { bucketName, key }
}

/** S3's answer to a request: who asks, for what, may they, then the operation. Throws S3Error. */
export async function serveS3(
  request: ReceivedRequest,
  service: { readonly authority: Authority; readonly emulation: Emulation; readonly pace: Pace },
): Promise<Answer> {
  const { authority, emulation, pace } = service
  let payloadHash = ''
  const { caller, signing } = authenticate(authority, request, 's3', (claim) => {
    payloadHash = payloadHashOf(request, claim)
    return payloadHash
  })
  const { bucketName, key } = targetOf(request.path)
  const name = routeOf({
    method: request.method,
    target: bucketName === '' ? 'service' : key === '' ? 'bucket' : 'object',
    parameterNames: request.query.map(([parameterName]) => parameterName),
    copies: request.headers['x-amz-copy-source'] !== undefined,
  })
  return perform(name, { bucketName, key, request, caller, body: { request, payloadHash, signing, pace } }, emulation)
}

/** The one place that every operation passes: what should happen around an operation, by name, key or part, belongs here. */
function perform(name: OperationName, call: Call, emulation: Emulation): Promise<Answer> {
  const { action, run } = operations[name]
  if (action !== null) demand(call.caller, action, call.bucketName, call.key)
  return run(call, emulation)
}
