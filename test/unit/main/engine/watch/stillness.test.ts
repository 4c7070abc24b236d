import { describe, expect, it } from 'vitest'
import type { FoundFile } from '../../../../../src/main/engine/watch/found.ts'
import { seen, stillAt } from '../../../../../src/main/engine/watch/stillness.ts'
import { usualFolderOptions } from '../../../../../src/shared/folder.ts'

const gigabyte = 1_000_000_000
const disk = { isRemote: false, stillSeconds: usualFolderOptions.stillSeconds }
const file = (changedAt: number, size = 7): FoundFile => {
  const sourceId = `${size}:${changedAt}:${changedAt}:1:1`
  return { path: 'a', size, sourceId, modifiedAt: changedAt, changedAt }
}

describe('when a file has been still for long enough', () => {
  it.each([
    { what: 'a small file of this disk', size: 7, from: disk, at: 12_000 },
    { what: 'one that a person gave longer', size: 7, from: { ...disk, stillSeconds: 60 }, at: 70_000 },
    { what: 'one of another machine', size: 7, from: { ...disk, isRemote: true }, at: 21_000 },
    { what: 'a large one', size: 12 * gigabyte, from: disk, at: 22_000 },
    { what: 'a very large one', size: 5_000 * gigabyte, from: disk, at: 40_000 },
  ])('$what', ({ size, from, at }) => {
    const looked = file(10_000, size)
    expect(stillAt(looked, seen(null, looked, 11_000), from)).toBe(at)
  })

  it('a time ahead of the clock says nothing: it counts from when it was seen', () => {
    const looked = file(99_000)
    expect(stillAt(looked, seen(null, looked, 11_000), disk)).toBe(13_000)
  })

  it('a writer that paused is waited for three times as long as it paused', () => {
    const first = seen(null, file(10_000), 10_500)
    const second = seen(first, file(15_000, 8), 15_500)
    expect(stillAt(file(15_000, 8), second, disk)).toBe(30_000)
    const third = seen(second, file(16_000, 9), 16_500)
    expect(stillAt(file(16_000, 9), third, disk)).toBe(31_000)
  })

  it('a look that finds nothing new does not begin anew', () => {
    const first = seen(null, file(10_000), 10_500)
    expect(seen(first, file(10_000), 11_500)).toBe(first)
  })

  it('a clock that was set back begins anew', () => {
    const first = seen(null, file(10_000), 10_500)
    const second = seen(first, file(10_000), 5_000)
    expect(stillAt(file(10_000), second, disk)).toBe(7_000)
    expect(seen(second, file(10_000), 5_500)).toBe(second)
  })
})
