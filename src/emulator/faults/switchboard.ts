import type { Sessions } from '../access/sessions.ts'
import type { Answer } from '../wire/answer.ts'
import type { ReceivedRequest } from '../wire/received-request.ts'
import { type ActiveRule, type Hit, type NamedOperation, startRule } from './active-rule.ts'
import { type EndedAnswer, endableSessions } from './ended-sessions.ts'
import type { Rule } from './rule.ts'
import { openServedLog, type Served, type ServedFilter } from './served-log.ts'
import { type SwitchChanges, type Switches, s3Switches } from './switches.ts'
import { underFault } from './under-fault.ts'

/** Faults on demand, for whoever tests a client: of one operation by rules, of the whole store by switches. */
export type Faults = {
  /** The rules are tried in the order they were added: the first that takes a request has it alone. Throws a ZodError. */
  add(rule: Rule): ActiveRule
  rules(): readonly ActiveRule[]
  /** Sets what is named and leaves the rest. */
  set(changes: SwitchChanges): void
  switches(): Switches
  /** Every session token issued so far is answered with this, ExpiredToken by default; those issued later work. */
  endSessions(answer?: EndedAnswer): void
  /** What was served, oldest first. */
  served(filter?: ServedFilter): readonly Served[]
}

type Work = (request: ReceivedRequest) => Promise<Answer>

/**
 * Serves an operation: decides whether its work may be done, and does it by calling `under`, which does what the rules want
 * around it.
 */
export type Attended = (
  request: ReceivedRequest,
  under: (request: ReceivedRequest, forgetUpload: () => void, work: Work) => Promise<Answer>,
) => Promise<Answer>

/** What the services ask of the switchboard. */
export type Switchboard = {
  readonly switches: () => Switches
  attend(named: NamedOperation, request: ReceivedRequest, serve: Attended): Promise<Answer>
}

/** The switchboard that cannot be reached: all is as S3 does it, and nothing is logged. */
export const noSwitchboard: Switchboard = {
  switches: () => s3Switches,
  attend: (_named, received, serve) => serve(received, (request, _forgetUpload, work) => work(request)),
}

/** `now` is the real time, which the log tells: the switches may set another for the emulator. */
export function openSwitchboard(
  sealed: Sessions,
  now: () => number,
): { readonly faults: Faults; readonly switchboard: Switchboard; readonly sessions: Sessions } {
  const rules = new Map<string, ReturnType<typeof startRule>>()
  const sessions = endableSessions(sealed)
  const log = openServedLog(now)
  let switches = s3Switches
  let lastId = 0

  const take = (named: NamedOperation): Hit | null => {
    for (const rule of rules.values()) {
      const hit = rule.take(named)
      if (hit !== null) return hit
    }
    return null
  }

  return {
    sessions,
    faults: {
      add(rule) {
        lastId += 1
        const id = String(lastId)
        const started = startRule(id, rule, () => rules.delete(id))
        rules.set(id, started)
        return started.active
      },
      rules: () => [...rules.values()].map(({ active }) => active),
      set(changes) {
        switches = { ...switches, ...changes }
      },
      switches: () => switches,
      endSessions: (answer = 'ExpiredToken') => sessions.end(answer),
      served: log.served,
    },
    switchboard: {
      switches: () => switches,
      attend: (named, received, serve) =>
        log.record(named, received, (counted, done) =>
          serve(counted, (request, forgetUpload, run) => {
            const work: Work = async (given) => {
              const answer = await run(given)
              done()
              return answer
            }
            const hit = take(named)
            return hit === null ? work(request) : underFault(hit, request, forgetUpload, work)
          }),
        ),
    },
  }
}
