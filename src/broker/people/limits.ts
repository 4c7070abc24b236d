import { createHash, randomUUID } from 'node:crypto'
import type { Redis } from 'ioredis'
import type { Result } from '../../shared/failure.ts'
import type { BrokerSettings } from '../config/config.ts'
import { at, type Refusal } from '../problem.ts'
import { type Budget, budgetsOf, deviceOf } from './budgets.ts'
import type { Caller } from './caller.ts'
import { type Counters, type CountersAway, leftInWords, type OverTheMost } from './counters.ts'
import { requestRate } from './request-rate.ts'

type Collaborators = {
  readonly limits: BrokerSettings['limits']
  readonly counters: Counters
  /** Null: this replica counts requests for itself. */
  readonly redis: Redis | null
  readonly now: () => number
}

type SizedObject = { readonly key: string; readonly size: number }
type SizedPart = { readonly partNumber: number; readonly size: number }

/**
 * How much each user, each of their devices and each invitation may ask for. A key counts once, by its largest size:
 * `daily_limit`, with the wait until the day (UTC) is over, or `over_quota` of an invitation, where it is too much;
 * `too_large` where one object is more than a day allows. What is refused must not be counted: ask when nothing else
 * stands against it.
 */
export type Limits = {
  /** Counts a request: `too_many_requests`, with the wait until the minute is over, where it is one too many. */
  readonly countRequest: (caller: Caller) => Promise<Refusal | null>
  /** Whether the files of a grant fit in what is left. Counts nothing. */
  readonly hasRoomFor: (caller: Caller, files: readonly SizedObject[]) => Promise<Refusal | null>
  /** Counts the files of a grant, whose bytes nobody asks about again. */
  readonly countFiles: (caller: Caller, files: readonly SizedObject[]) => Promise<Refusal | null>
  /** Counts an object that is to be sent by one request. */
  readonly countObject: (caller: Caller, object: SizedObject) => Promise<Refusal | null>
  /** Counts an object that is to be sent in parts: refused also where its upload was begun too often. */
  readonly countUpload: (caller: Caller, object: SizedObject) => Promise<Refusal | null>
  /** Counts parts of an object, each once by its largest size: their sum is a size of the object, too. */
  readonly countParts: (caller: Caller, key: string, parts: readonly SizedPart[]) => Promise<Refusal | null>
}

/**
 * Uploads of one key that may be begun, each of which can hold its parts. A client begins anew a few times, twice each
 * where the store knows no checksum of the whole.
 */
const mostUploads = 20
const scopes = ['user', 'device'] as const

export const createLimits = ({ limits, counters, redis, now }: Collaborators): Limits => {
  const rates = scopes.flatMap((scope) => {
    const { requestsPerMinute } = limits[scope]
    return requestsPerMinute === undefined ? [] : [{ scope, rate: requestRate(scope, requestsPerMinute, redis) }]
  })
  const largest = Math.min(...scopes.map((scope) => limits[scope].bytesPerDay ?? Infinity))
  const tooLarge = (path: string): Refusal => ({ code: 'too_large', ...at(path, `at most ${largest} bytes a day`) })
  const tooLargeOf = (files: readonly SizedObject[]): Refusal | null => {
    const index = files.findIndex(({ size }) => size > largest)
    return index === -1 ? null : tooLarge(`/files/${index}/size`)
  }

  /** `path`: of what is too much, in the request. */
  const refusalBy = async (
    caller: Caller,
    path: string,
    ask: (budget: Budget) => Promise<Result<unknown, OverTheMost | CountersAway>>,
  ): Promise<Refusal | null> => {
    for (const budget of budgetsOf(limits, caller, now())) {
      const asked = await ask(budget)
      if (asked.ok) continue
      const { failure } = asked
      return failure.reason === 'over'
        ? { ...budget.refusal, ...at(path, leftInWords(failure.left)) }
        : { code: 'unavailable', cause: failure.cause }
    }
    return null
  }
  const count = ({ name, most, until }: Budget, objects: readonly SizedObject[]) =>
    counters.reserve(name, objects.map(counted), most, until)

  return {
    countRequest: async (caller) => {
      const keyOf = { user: caller.subject, device: deviceOf(caller) }
      const waits = await Promise.all(rates.map(({ scope, rate }) => rate(keyOf[scope])))
      const wait = Math.max(...waits.map((each) => each ?? 0))
      return wait > 0 ? { code: 'too_many_requests', retryAfter: wait } : null
    },

    hasRoomFor: async (caller, files) =>
      tooLargeOf(files) ??
      refusalBy(caller, '/files', ({ name, most }) => counters.hasRoomFor(name, files.map(counted), most)),

    countFiles: async (caller, files) =>
      tooLargeOf(files) ?? refusalBy(caller, '/files', (budget) => count(budget, files)),

    countObject: async (caller, object) =>
      object.size > largest ? tooLarge('/size') : refusalBy(caller, '/size', (budget) => count(budget, [object])),

    countUpload: async (caller, object) => {
      if (object.size > largest) return tooLarge('/size')
      return refusalBy(caller, '/size', async (budget) => {
        const reserved = await count(budget, [object])
        if (!reserved.ok) return reserved
        const begun = { id: randomUUID(), bytes: 0 }
        return counters.reserve(under(budget, 'uploads', object.key), [begun], { maxFiles: mostUploads }, budget.until)
      })
    },

    countParts: (caller, key, parts) =>
      refusalBy(caller, '/parts', async (budget) => {
        const { most, until } = budget
        const sized = parts.map(({ partNumber, size }) => ({ id: String(partNumber), bytes: size }))
        const ofObject = { maxBytes: most.maxBytes }
        const signed = await counters.reserve(under(budget, 'parts', key), sized, ofObject, until)
        return signed.ok ? count(budget, [{ key, size: signed.value.bytes }]) : signed
      }),
  }
}

/** What is counted of one key besides. */
const under = ({ name }: Budget, what: 'uploads' | 'parts', key: string) => `${what}:${idOf(key)}:${name}`

/** Keys can be long, and tell what files are called. */
const idOf = (key: string): string => createHash('sha256').update(key).digest('base64url')

const counted = ({ key, size }: SizedObject) => ({ id: idOf(key), bytes: size })
