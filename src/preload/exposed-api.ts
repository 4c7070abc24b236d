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
        const paths = pathsOf(input, bridge)
        if (paths.length === 0) return failed('input_invalid')
        const { files, ...rest } = input as { readonly files: unknown }
        return bridge.invoke(channel, { ...rest, paths })
      }
    case 'event':
      return (listener) => bridge.listen(channel, (payload) => (listener as (payload: unknown) => void)(payload))
  }
}

/** The paths of the dropped files; none where the page gave something else. */
function pathsOf(input: unknown, { pathOf }: Bridge): readonly string[] {
  try {
    const { files } = input as { readonly files: readonly File[] }
    return files.map(pathOf).filter((path) => path !== '')
  } catch {
    return []
  }
}
