import { ErrorAnswer, S3Error } from '../s3-error.ts'

/** An answer that ends a request to STS. */
export class StsError extends ErrorAnswer {}

/** STS says some of the things that S3 says in codes of its own. What is no answer is thrown again. */
export function inStsWords(error: unknown): ErrorAnswer {
  if (!(error instanceof ErrorAnswer)) throw error
  if (!(error instanceof S3Error)) return error
  switch (error.code) {
    case 'InvalidAccessKeyId':
    case 'InvalidToken':
      return new StsError(403, 'InvalidClientTokenId', 'The security token included in the request is invalid.')
    case 'ExpiredToken':
      return new StsError(403, 'ExpiredToken', 'The security token included in the request is expired')
    case 'RequestTimeTooSkewed':
      return new StsError(403, 'SignatureDoesNotMatch', 'Signature expired or not yet current')
    case 'AccessDenied':
      return new StsError(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token')
    default:
      return new StsError(error.status, error.code, error.message)
  }
}
