import { expect, it } from 'vitest'
import { createStoreCapabilities } from '../../../../../src/main/engine/db/store-capabilities.ts'
import { temporaryDatabase } from '../../../../support/temporary-queue.ts'

const day = 86_400_000
const start = 100 * day

/** What stores can do, in a real database and under a clock that the test turns; `learnedAt` is the date of a row. */
function harness() {
  const database = temporaryDatabase()
  const clock = { now: start }
  const capabilities = createStoreCapabilities(database, () => clock.now)
  const learnedAt = (address: string) =>
    database.prepare('SELECT learned_at FROM store_capabilities WHERE address = ?').pluck().get(address)
  return { ...capabilities, clock, learnedAt }
}

it('what a store can do is not known until it was seen, and then for this store and capability only', () => {
  const { known, learned } = harness()
  learned('one', 'checksum_echo', true)
  learned('one', 'full_object', false)
  const all = ['one', 'two'].map((address) => ['checksum_echo', 'full_object'].map((name) => known(address, name)))
  expect(all).toEqual([
    [true, false],
    [null, null],
  ])
})

it.each([
  { after: 7 * day - 1, known: true },
  { after: 7 * day, known: null },
  { after: -7 * day + 1, known: true },
  { after: -7 * day, known: null },
])('$after ms after it was seen, it is known: $known', ({ after, known }) => {
  const capabilities = harness()
  capabilities.learned('one', 'full_object', true)
  capabilities.clock.now += after
  expect(capabilities.known('one', 'full_object')).toBe(known)
})

it('another answer counts at once', () => {
  const { known, learned, clock } = harness()
  learned('one', 'full_object', true)
  clock.now += 1
  learned('one', 'full_object', false)
  expect(known('one', 'full_object')).toBe(false)
})

it('what is seen with each part is dated anew once a day, not each time', () => {
  const { learned, clock, learnedAt } = harness()
  const datedAfter = (ms: number) => {
    clock.now = start + ms
    learned('one', 'checksum_echo', true)
    return learnedAt('one')
  }
  expect([0, 1, day - 1, day, 2 * day - 1, 2 * day].map(datedAfter)).toEqual([
    ...[start, start, start],
    ...[start + day, start + day, start + 2 * day],
  ])
})

it('a date that another clock wrote far ahead is replaced by today’s', () => {
  const { learned, clock, learnedAt } = harness()
  clock.now = start + 365 * day
  learned('one', 'checksum_echo', true)
  clock.now = start
  learned('one', 'checksum_echo', true)
  expect(learnedAt('one')).toBe(start)
})
