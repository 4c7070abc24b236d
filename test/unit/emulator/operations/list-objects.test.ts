import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pageOfKeys } from '../../../../src/emulator/operations/list-objects.ts'

const sorted = (keys: string[]) =>
  [...new Set(keys)].sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))

function allPages(keys: string[], options: { prefix: string; delimiter: string; size: number }) {
  const listed: string[] = []
  let after = ''
  for (;;) {
    const page = pageOfKeys(keys, { ...options, after })
    expect(page.keys.length + page.commonPrefixes.length).toBeLessThanOrEqual(options.size)
    listed.push(...page.keys, ...page.commonPrefixes)
    if (page.next === null) return sorted(listed)
    after = page.next
  }
}

describe('A list of keys', () => {
  const keys = sorted(['a', 'photos/2006/1', 'photos/2006/2', 'photos/2007/1', 'photos/x', 'z'])

  test('rolls up what has the delimiter behind the prefix', () => {
    expect(pageOfKeys(keys, { prefix: 'photos/', delimiter: '/', after: '', size: 1_000 })).toEqual({
      keys: ['photos/x'],
      commonPrefixes: ['photos/2006/', 'photos/2007/'],
      next: null,
    })
  })

  test('goes on after a common prefix without telling it again', () => {
    const first = pageOfKeys(keys, { prefix: '', delimiter: '/', after: '', size: 2 })
    expect(first).toEqual({ keys: ['a'], commonPrefixes: ['photos/'], next: 'photos/' })
    const second = pageOfKeys(keys, { prefix: '', delimiter: '/', after: 'photos/', size: 2 })
    expect(second).toEqual({ keys: ['z'], commonPrefixes: [], next: null })
  })

  test('tells each key or common prefix exactly once, whatever the size of a page', () => {
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '/', 'é', '𝄞'), minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(
        fc.array(key),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('', '/', 'a'),
        (all, size, delimiter) => {
          const whole = pageOfKeys(sorted(all), { prefix: '', delimiter, after: '', size: 1_000 })
          expect(allPages(sorted(all), { prefix: '', delimiter, size })).toEqual(
            sorted([...whole.keys, ...whole.commonPrefixes]),
          )
        },
      ),
    )
  })
})
