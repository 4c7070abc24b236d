import { failed } from '../../src/shared/failure.ts'
import { type Api, ipc } from '../../src/shared/ipc.ts'

type Group = keyof Api
type Commands<G extends Group> = {
  [Name in keyof Api[G] as (typeof ipc)[G][Name & keyof (typeof ipc)[G]] extends { kind: 'event' }
    ? never
    : Name]: Api[G][Name]
}
type Events<G extends Group> = {
  [Name in keyof Api[G] as (typeof ipc)[G][Name & keyof (typeof ipc)[G]] extends { kind: 'event' }
    ? Name
    : never]: Api[G][Name]
}
type PayloadOf<Listen> = Listen extends (listener: (payload: infer Payload) => void) => () => void ? Payload : never

/** What the commands of the fake answer; one that is left out answers `not_possible`. */
export type FakeAnswers = { readonly [G in Group]?: Partial<Commands<G>> }

export type FakeApi = {
  readonly api: Api
  /** Sends an event as the engine would. */
  readonly emit: <G extends Group, Name extends keyof Events<G>>(
    group: G,
    name: Name,
    payload: PayloadOf<Events<G>[Name]>,
  ) => void
  /** What the page asked for, in order: `transfers.pause` with its input. */
  readonly calls: readonly { readonly command: string; readonly input: unknown }[]
}

/** A `window.api` without an engine: every command and event of the contract value, answered by the caller. */
export const fakeApi = (answers: FakeAnswers): FakeApi => {
  const calls: { command: string; input: unknown }[] = []
  const listeners = new Map<string, Set<(payload: unknown) => void>>()
  const of = (name: string) => {
    const known = listeners.get(name) ?? new Set()
    listeners.set(name, known)
    return known
  }

  const member = (group: string, name: string, kind: string) => {
    const full = `${group}.${name}`
    if (kind === 'event')
      return (listener: (payload: unknown) => void) => {
        of(full).add(listener)
        return () => void of(full).delete(listener)
      }
    return async (input: unknown) => {
      calls.push({ command: full, input })
      const answer = (answers as Record<string, Record<string, (input: unknown) => unknown>>)[group]?.[name]
      return answer ? answer(input) : failed('not_possible')
    }
  }

  const api = Object.fromEntries(
    Object.entries(ipc).map(([group, members]) => [
      group,
      Object.fromEntries(Object.entries(members).map(([name, { kind }]) => [name, member(group, name, kind)])),
    ]),
  ) as unknown as Api

  return {
    api,
    emit: (group, name, payload) => {
      for (const listener of of(`${group}.${String(name)}`)) listener(payload)
    },
    calls,
  }
}
