import { failed, type Result } from '../shared/failure.ts'
import { type Api, channelOf, ipc } from '../shared/ipc.ts'

/** What the preload needs of Electron. */
export type Bridge = {
  readonly invoke: (channel: string, input: unknown) => Promise<Result<unknown>>
  /** Returns the end of listening. */
  readonly listen: (channel: string, listener: (payload: unknown) => void) => () => void
  /** The path of a file that the person dropped; empty for one that the page made up. */
  readonly pathOf: (file: File) => string
}

type Entry = { readonly kind: 'command' | 'drop' | 'event' }
type Exposed = (input?: unknown) => unknown

/** `window.api`, derived from the contract: plain functions, so that nothing of Electron reaches the page. */
export function exposedApi(bridge: Bridge): Api {
  const api = Object.entries(ipc).map(([group, entries]) => [
    group,
    Object.fromEntries(
      Object.entries<Entry>(entries).map(([name, { kind }]) => [name, exposed(bridge, channelOf(group, name), kind)]),
    ),
  ])
  return Object.fromEntries(api) as Api
}

function exposed(bridge: Bridge, channel: string, kind: Entry['kind']): Exposed {
  switch (kind) {
    case 'command':
      return (input) => bridge.invoke(channel, input)
    case 'drop':
      return async (input) => {
        const { files, ...rest } = input as { readonly files: readonly File[] }
        const paths = files.map(bridge.pathOf).filter((path) => path !== '')
        return paths.length === 0 ? failed('input_invalid') : bridge.invoke(channel, { ...rest, paths })
      }
    case 'event':
      return (listener) => bridge.listen(channel, (payload) => (listener as (payload: unknown) => void)(payload))
  }
}
