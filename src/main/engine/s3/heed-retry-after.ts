import { StandardRetryStrategy } from '@smithy/core/retry'
import type { RetryErrorInfo, StandardRetryToken } from '@smithy/types'

/** Within one call; what lasts longer is the scheduler's. */
const attempts = 3

/**
 * The SDK's own repetitions within one call, but for an answer with Retry-After: the SDK would wait a few seconds at most, and
 * only with this one request, while the wish is for us all. So it becomes the call's failure at once.
 */
export class HeedRetryAfter extends StandardRetryStrategy {
  constructor() {
    super(attempts)
  }

  override async refreshRetryTokenForRetry(
    token: StandardRetryToken,
    errorInfo: RetryErrorInfo,
  ): Promise<StandardRetryToken> {
    if (errorInfo.retryAfterHint !== undefined) throw new Error('the store asked to be left alone')
    return super.refreshRetryTokenForRetry(token, errorInfo)
  }
}
