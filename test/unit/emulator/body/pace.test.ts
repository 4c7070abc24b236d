import { describe, expect, test } from 'vitest'
import { startPace } from '../../../../src/emulator/body/pace.ts'

describe('A pace', () => {
  test('shares its rate among all who ask, first come first served', async () => {
    const pace = startPace(100_000, new AbortController().signal)
    const taken: string[] = []
    const started = performance.now()
    const first = pace(10_000).then(() => taken.push('first'))
    const second = pace(5_000).then(() => taken.push('second'))
    await first
    expect(performance.now() - started).toBeGreaterThan(95)
    await second
    expect(performance.now() - started).toBeGreaterThan(145)
    expect(taken).toEqual(['first', 'second'])
  })

  test('rejects those who wait when all is over', async () => {
    const stopping = new AbortController()
    const waiting = startPace(1, stopping.signal)(1_000)
    stopping.abort()
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  })
})
