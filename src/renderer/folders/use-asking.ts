import { useState } from 'react'
import type { Failure, Result } from '../../shared/failure.ts'

/** Asks for what a dialog is for, once at a time; a refusal stays beside its buttons until it is asked again. */
export const useAsking = () => {
  const [asking, setAsking] = useState(false)
  const [failure, setFailure] = useState<Failure | null>(null)
  const ask = async <Value>(question: () => Promise<Result<Value>>, onDone: (value: Value) => void): Promise<void> => {
    if (asking) return
    setAsking(true)
    setFailure(null)
    const result = await question().catch(
      (): Result<Value> => ({ ok: false, failure: { kind: 'engine_unavailable', detail: null } }),
    )
    if (result.ok) onDone(result.value)
    else setFailure(result.failure)
    setAsking(false)
  }
  return { asking, failure, ask }
}
