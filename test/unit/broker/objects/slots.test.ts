import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { createSlots } from '../../../../src/broker/objects/slots.ts'

it('at most so many tasks run at once, in the order in which they came, also after one that failed', async () => {
  const slots = createSlots(2)
  const begun: number[] = []
  const ends = new Map<number, () => void>()
  const use = (number: number) =>
    slots.use(async () => {
      begun.push(number)
      await new Promise<void>((resolve) => ends.set(number, resolve))
      if (number === 0) throw new Error('failed')
      return number
    })
  const end = async (number: number) => {
    ends.get(number)?.()
    await setImmediate()
  }

  const [first, ...others] = [use(0), use(1), use(2), use(3)]
  const failure = expect(first).rejects.toThrow('failed')
  await setImmediate()
  expect(begun).toEqual([0, 1])
  await end(0)
  await failure
  const late = use(4)
  await setImmediate()
  expect(begun).toEqual([0, 1, 2])
  for (const number of [1, 2, 3, 4]) await end(number)
  expect(begun).toEqual([0, 1, 2, 3, 4])
  expect(await Promise.all([...others, late])).toEqual([1, 2, 3, 4])
})
