import type { Result } from '../../src/shared/failure.ts'

/** The value of a result that a test expects to be good. */
export function value<Value, Problem>(result: Result<Value, Problem>): Value {
  if (!result.ok) throw new Error(`unexpected failure: ${JSON.stringify(result.failure)}`)
  return result.value
}
