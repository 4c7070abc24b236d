import { failed, type Result } from '../../shared/failure.ts'
import { channelOf, type EngineHandlers, engineGroups } from '../../shared/ipc.ts'

type AnyHandler = (input: unknown) => Promise<Result<unknown>>

/** Answers calls of the contract by their channel's name. The input was parsed where the page's message came in. */
export function createCallAnswerer(
  handlers: EngineHandlers,
): (channel: string, input: unknown) => Promise<Result<unknown>> {
  const byChannel = new Map(
    engineGroups.flatMap((group) =>
      Object.entries(handlers[group]).map(
        ([name, handler]) => [channelOf(group, name), handler as AnyHandler] as const,
      ),
    ),
  )
  return async (channel, input) => (await byChannel.get(channel)?.(input)) ?? failed('not_possible', 'unknown_command')
}
