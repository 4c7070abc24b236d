import { expect, it } from 'vitest'
import { createCallAnswerer } from '../../../../src/main/engine/answer-call.ts'
import { failed, ok } from '../../../../src/shared/failure.ts'
import { channelOf, type EngineHandlers, engineGroups, ipc } from '../../../../src/shared/ipc.ts'

/** Handlers that answer with their own name and what they were given. */
function echoing(): EngineHandlers {
  const groups = engineGroups.map((group) => {
    const commands = Object.entries(ipc[group]).flatMap(([name, { kind }]) => (kind === 'event' ? [] : [name]))
    const handlers = commands.map((name) => [name, async (input: unknown) => ok([group, name, input])])
    return [group, Object.fromEntries(handlers)]
  })
  return Object.fromEntries(groups)
}

it('each command of the contract is answered by its own handler', async () => {
  const answer = createCallAnswerer(echoing())
  for (const group of engineGroups) {
    for (const [name, { kind }] of Object.entries(ipc[group])) {
      if (kind !== 'event') expect(await answer(channelOf(group, name), 7)).toEqual(ok([group, name, 7]))
    }
  }
})

it.each(['transfers.unknown', 'transfers.changed', 'choose.files', 'toString', '__proto__', ''])(
  '“%s” is no command of the engine',
  async (channel) => {
    expect(await createCallAnswerer(echoing())(channel, 7)).toEqual(failed('not_possible', 'unknown_command'))
  },
)

it('an error of a handler is not swallowed', async () => {
  const handlers = echoing()
  const broken = { ...handlers, queue: { ...handlers.queue, status: () => Promise.reject(new Error('a defect')) } }
  await expect(createCallAnswerer(broken)('queue.status', undefined)).rejects.toThrow('a defect')
})
