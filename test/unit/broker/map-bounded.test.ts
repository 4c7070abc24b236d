import { expect, it } from 'vitest'
import { mapBounded } from '../../../src/broker/map-bounded.ts'

it('keeps the order and never has more at work than its limit', async () => {
  let working = 0
  let most = 0
  const doubled = await mapBounded([5, 1, 4, 2, 3], 2, async (number) => {
    working += 1
    most = Math.max(most, working)
    for (let turn = 0; turn < number; turn += 1) await Promise.resolve()
    working -= 1
    return number * 2
  })
  expect(doubled).toEqual([10, 2, 8, 4, 6])
  expect(most).toBe(2)
})

it('begins nothing more after a rejection', async () => {
  const begun: number[] = []
  const run = mapBounded([1, 2, 3, 4, 5, 6], 2, async (number) => {
    begun.push(number)
    if (number === 1) throw new Error('one is refused')
    return number
  })
  await expect(run).rejects.toThrow('one is refused')
  await new Promise(setImmediate)
  expect(begun.length).toBeLessThan(6)
})
