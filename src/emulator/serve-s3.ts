import { type Authority, authenticate } from './access/authenticate.ts'
import type { Claim } from './access/claim.ts'
import { asSwitched } from './faults/switches.ts'
import { underPolicyOf } from './operations/bucket-policy.ts'
import { forgetUploadOf } from './operations/multipart/upload-of.ts'
import { type Call, demand } from './operations/operation.ts'
import { operations } from './operations/operations.ts'
import { routeOf } from './operations/route.ts'
import { S3Error } from './s3-error.ts'
import { checkKey, type S3Service } from './s3-service.ts'
import { serveForm } from './serve-form.ts'
import type { Answer } from './wire/answer.ts'
import { decodeUri, parameter, type ReceivedRequest } from './wire/received-request.ts'

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
  checkKey(key)
  return { bucketName, key }
}

function named(request: ReceivedRequest) {
  const { bucketName, key } = targetOf(request.path)
  const operation = routeOf({
    method: request.method,
    target: bucketName === '' ? 'service' : key === '' ? 'bucket' : 'object',
    parameterNames: request.query.map(([name]) => name),
    copies: request.headers['x-amz-copy-source'] !== undefined,
  })
  return { operation, bucketName, key, partNumber: Number(parameter(request, 'partNumber')) || null }
}

function signedBy(request: ReceivedRequest, authority: Authority) {
  let payloadHash = ''
  const signed = authenticate(authority, request, 's3', (claim) => {
    payloadHash = payloadHashOf(request, claim)
    return payloadHash
  })
  return { ...signed, payloadHash }
}

/** S3's answer to a request: for what, who asks, may they, then the operation. Throws S3Error. */
export async function serveS3(received: ReceivedRequest, service: S3Service): Promise<Answer> {
  const { authority, emulation, pace, switchboard } = service
  let name: ReturnType<typeof named>
  try {
    name = named(received)
  } catch (error) {
    // That a request is not signed, or otherwise, is said before anything else that is wrong with it.
    signedBy(received, authority)
    throw error
  }
  const { operation, bucketName, key } = name
  if (operation === 'PostObject') return serveForm(received, bucketName, service)
  return switchboard.attend(name, received, async (attended, under) => {
    const { caller: signer, signing, payloadHash } = signedBy(attended, authority)
    const caller = underPolicyOf(bucketName, signer, attended, emulation)
    const { action, run } = operations[operation]
    if (action !== null) demand(caller, action, bucketName, key)
    const callOf = (request: ReceivedRequest): Call => {
      const body = { request, payloadHash, signing, pace }
      return { bucketName, key, request, caller, body }
    }
    const switched = asSwitched(attended, operation, switchboard.switches())
    const forgetUpload = () => forgetUploadOf(callOf(switched), emulation)
    return under(switched, forgetUpload, (request) => run(callOf(request), emulation))
  })
}
