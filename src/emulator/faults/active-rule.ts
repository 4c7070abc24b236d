import { matchesPattern } from '../access/pattern.ts'
import { concerns, type Fault, type Rule, ruleSchema, type ServedOperation } from './rule.ts'

/** An operation as rules match it; `key` is empty where the request names none. */
export type NamedOperation = {
  readonly operation: ServedOperation
  readonly key: string
  readonly partNumber: number | null
}

/** A rule at work, as whoever made it sees it. */
export type ActiveRule = {
  readonly id: string
  readonly rule: Rule
  /** How often the fault has begun; of a hold: how many requests have been held. */
  hits(): number
  /** Resolves with the first hit. */
  readonly reached: Promise<void>
  reachedTimes(times: number): Promise<void>
  /** Lets go what is held now, not what will be. */
  release(): void
  /** Ends the rule and lets go what it holds. */
  remove(): void
}

/** One request that a rule has taken. */
export type Hit = {
  readonly fault: Fault
  begin(): void
  /** Begins, and waits for release; rejects once the client has gone. */
  hold(gone: AbortSignal): Promise<void>
}

/** Starts a rule. `take` counts a match, and gives a hit if this one counts. Throws a ZodError for what is no rule. */
export function startRule(
  id: string,
  unchecked: Rule,
  onRemoved: () => void,
): { readonly active: ActiveRule; readonly take: (operation: NamedOperation) => Hit | null } {
  const rule = ruleSchema.parse(unchecked)
  const { match, fault } = rule
  const first = match.nth ?? 1
  const times = match.times ?? (match.nth === undefined ? Number.POSITIVE_INFINITY : 1)
  const waiting = new Set<{ readonly times: number; readonly resolve: () => void }>()
  const held = new Set<() => void>()
  let matches = 0
  let hits = 0
  let removed = false

  const begin = () => {
    hits += 1
    for (const waiter of waiting)
      if (waiter.times <= hits) {
        waiting.delete(waiter)
        waiter.resolve()
      }
  }
  const hold = (gone: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const end = (settle: () => void) => () => {
        held.delete(letGo)
        gone.removeEventListener('abort', leave)
        settle()
      }
      const letGo = end(resolve)
      const leave = end(() => reject(gone.reason))
      if (gone.aborted) return reject(gone.reason)
      // A request that was taken before may only now come to be held.
      if (removed) return resolve()
      held.add(letGo)
      gone.addEventListener('abort', leave)
      begin()
    })
  const reachedTimes = async (wanted: number) => {
    if (hits < wanted) await new Promise<void>((resolve) => waiting.add({ times: wanted, resolve }))
  }
  const release = () => {
    for (const letGo of held) letGo()
  }

  return {
    active: {
      id,
      rule,
      hits: () => hits,
      reached: reachedTimes(1),
      reachedTimes,
      release,
      remove() {
        removed = true
        onRemoved()
        release()
      },
    },
    take({ operation, key, partNumber }) {
      const matched =
        concerns(fault, operation) &&
        (match.operation === undefined || match.operation === operation) &&
        (match.key === undefined || matchesPattern(match.key, key, false)) &&
        (match.partNumber === undefined || match.partNumber === partNumber)
      if (!matched) return null
      matches += 1
      return matches >= first && matches < first + times ? { fault, begin, hold } : null
    },
  }
}
