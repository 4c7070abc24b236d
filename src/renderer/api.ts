import type { Failure, Result } from '../shared/failure.ts'
import type { Api } from '../shared/ipc.ts'

declare global {
  interface Window {
    /** Put there by the preload; the page's only way out. */
    readonly api: Api
  }
}

/** A failed Result where the caller, like a query, knows failures only as something thrown. */
export class CommandFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.kind)
    this.failure = failure
  }
}

/** The value of an answer; throws CommandFailure for a failed one. */
export const valueOrThrow = async <Value>(answer: Promise<Result<Value>>): Promise<Value> => {
  const result = await answer
  if (!result.ok) throw new CommandFailure(result.failure)
  return result.value
}
