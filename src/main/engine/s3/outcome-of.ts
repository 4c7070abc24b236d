import { dispositionOf, type Failure } from '../../../shared/failure.ts'
import { classify, isAnswer } from './classify.ts'
import type { StoreResult } from './object-store.ts'

/**
 * What the store may say of credentials or a signature, or of the clock they came with, that others would mend. Access
 * denied is among them because Ceph says it of an expired session, and all stores of an expired URL.
 */
export const mendable: ReadonlySet<Failure['kind']> = new Set(['expired', 'access_denied', 'clock_skew'])

/**
 * What came of one call of the store. `onAnswer` hears that the store answered, whatever it said, unless everything has to
 * wait for the cause. Rejects only when aborted.
 */
export async function outcomeOf<Value>(call: Promise<Value>, onAnswer: () => void): Promise<StoreResult<Value>> {
  try {
    const value = await call
    onAnswer()
    return { ok: true, value }
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error
    const failure = classify(error)
    if (isAnswer(error) && dispositionOf(failure.kind) !== 'hold') onAnswer()
    return { ok: false, failure }
  }
}
