import type { EndedAnswer } from '../../src/emulator/faults/ended-sessions.ts'
import type { Rule } from '../../src/emulator/faults/rule.ts'
import type { Served, ServedFilter } from '../../src/emulator/faults/served-log.ts'
import type { SwitchChanges, Switches } from '../../src/emulator/faults/switches.ts'

/** A rule at work in another process; see `ActiveRule`. */
export type RemoteRule = {
  readonly id: string
  hits(): Promise<number>
  reachedTimes(times: number): Promise<void>
  release(): Promise<void>
  remove(): Promise<void>
}

/**
 * The switchboard of an emulator in another process, by the `faultsEndpoint` of its ready line. Each call throws what the
 * switchboard refuses.
 */
export function emulatorFaults(faultsEndpoint: string) {
  const send = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${faultsEndpoint}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }
  return {
    async add(rule: Rule): Promise<RemoteRule> {
      const { id } = (await send('POST', '/rules', rule)) as { id: string }
      return {
        id,
        hits: async () => ((await send('GET', `/rules/${id}`)) as { hits: number }).hits,
        reachedTimes: async (times) => void (await send('GET', `/rules/${id}?wait=hits:${times}`)),
        release: async () => void (await send('POST', `/rules/${id}/release`)),
        remove: async () => void (await send('DELETE', `/rules/${id}`)),
      }
    },
    removeAll: async () => void (await send('DELETE', '/rules')),
    set: async (changes: SwitchChanges) => (await send('PUT', '/switches', changes)) as Switches,
    endSessions: async (answer?: EndedAnswer) => void (await send('POST', '/sessions/end', { answer })),
    async served(filter: ServedFilter = {}): Promise<readonly Served[]> {
      const query = Object.entries(filter).map(([field, value]): [string, string] => [field, String(value)])
      return (await send('GET', `/served?${new URLSearchParams(query)}`)) as readonly Served[]
    },
  }
}
