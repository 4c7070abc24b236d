import { failed, type Result } from '../shared/failure.ts'
import { channelOf, engineGroups, type Handlers, type Ipc, ipc } from '../shared/ipc.ts'

/** The groups that main answers itself. */
export type MainHandlers = {
  readonly choose: Handlers<Ipc['choose']>
  readonly app: Handlers<Ipc['app']>
}

type Parts<Sender> = {
  /** Registers the one listener of a channel, as `ipcMain.handle` does. */
  readonly handle: (channel: string, listener: (sender: Sender, input: unknown) => Promise<Result<unknown>>) => void
  /** Whether a call comes from the app's own page, in the main frame of the app's own window. */
  readonly isTrusted: (sender: Sender) => boolean
  readonly callEngine: (channel: string, input: unknown) => Promise<Result<unknown>>
  readonly handlers: MainHandlers
  /** A handler threw: a bug. The page is told that it was not possible, the log why. */
  readonly onBug: (channel: string, error: unknown) => void
}

type Schema = {
  readonly safeParse: (input: unknown) => { readonly success: boolean; readonly data?: unknown }
}
type Entry = { readonly kind: 'event' } | { readonly kind: 'command' | 'drop'; readonly input: Schema }
type Answer = (input?: unknown) => Promise<Result<unknown>>

/** Serves every command of the contract: its sender checked, its input parsed, its answer always a Result. */
export function serveIpc<Sender>(parts: Parts<Sender>): void {
  for (const [group, entries] of Object.entries(ipc)) {
    for (const [name, entry] of Object.entries<Entry>(entries)) {
      if (entry.kind === 'event') continue
      const channel = channelOf(group, name)
      const answer = answerOf(parts, group, name)
      parts.handle(channel, async (sender, unchecked) => {
        if (!parts.isTrusted(sender)) return failed('not_possible', 'sender')
        const input = entry.input.safeParse(unchecked)
        if (!input.success) return failed('input_invalid')
        try {
          return await answer(input.data)
        } catch (error) {
          parts.onBug(channel, error)
          return failed('not_possible', 'bug')
        }
      })
    }
  }
}

function answerOf<Sender>({ callEngine, handlers }: Parts<Sender>, group: string, name: string): Answer {
  if (engineGroups.some((engineGroup) => engineGroup === group)) {
    const channel = channelOf(group, name)
    return (input) => callEngine(channel, input)
  }
  const answers = handlers as unknown as Readonly<Record<string, Readonly<Record<string, Answer>>>>
  const answer = answers[group]?.[name]
  if (answer === undefined) throw new Error(`nobody answers ${channelOf(group, name)}`)
  return answer
}
