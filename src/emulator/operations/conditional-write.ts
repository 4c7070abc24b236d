import { S3Error } from '../s3-error.ts'
import type { Bucket } from '../store/bucket.ts'
import type { Call } from './operation.ts'
import { refuseLocked } from './protection.ts'

/**
 * Runs a write that may say `If-None-Match: *`. `check` throws PreconditionFailed while the key exists, and
 * ConditionalRequestConflict if it was deleted since the request began, and without a condition AccessDenied while it is
 * locked; call it in the same step as the write itself.
 */
export async function conditionalWrite<Result>(
  { request, key }: Call,
  bucket: Bucket,
  now: () => number,
  run: (check: () => void) => Promise<Result>,
): Promise<Result> {
  const condition = request.headers['if-none-match']
  const refuseToDestroy = () => refuseLocked(bucket.objects.get(key), now())
  if (condition === undefined) return run(refuseToDestroy)
  if (condition !== '*')
    throw new S3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      Header: 'If-None-Match',
    })
  const deletion = bucket.watchDeletion(key)
  try {
    return await run(() => {
      if (bucket.objects.has(key))
        throw new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
          Condition: 'If-None-Match',
        })
      if (deletion.deleted())
        throw new S3Error(
          'ConditionalRequestConflict',
          'The conditional request cannot succeed due to a conflicting operation against this resource.',
        )
    })
  } finally {
    deletion.end()
  }
}
