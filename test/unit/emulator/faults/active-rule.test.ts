import { expect, test } from 'vitest'
import { startRule } from '../../../../src/emulator/faults/active-rule.ts'

test('A request that a rule took before it was removed is not held any more', async () => {
  const { active, take } = startRule('1', { fault: { kind: 'hold', when: 'before' } }, () => {})
  const hit = take({ operation: 'PutObject', key: 'key', partNumber: null })
  active.remove()
  await hit?.hold(new AbortController().signal)
  expect(active.hits()).toBe(0)
})
