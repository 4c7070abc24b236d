import { appendFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { crc32Of } from '../../../../../src/main/engine/transfers/crc32.ts'
import { sourceIdOf } from '../../../../../src/main/engine/transfers/source-file.ts'
import { readBeginning, readWhole } from '../../../../../src/main/engine/watch/read-whole.ts'
import { faultyFiles } from '../../../../support/faulty-files.ts'
import { value } from '../../../../support/value.ts'
import { tree } from './thread/tree.ts'

const content = 'x'.repeat(2_500_000)

/** A file of several reads, and what it is known by. */
function known() {
  const path = join(tree({ 'a.mov': content }), 'a.mov')
  return { path, id: sourceIdOf(statSync(path, { bigint: true })) }
}
const changes: readonly (readonly [string, (path: string) => void])[] = [
  ['it grew', (path) => appendFileSync(path, 'y')],
  ['it was touched', (path) => utimesSync(path, 1, 1)],
  ['another one of its size took its place', (path) => writeFileSync(path, 'y'.repeat(content.length))],
]

describe('the beginning of a file', () => {
  test('can be read where the file is as it was', async () => {
    const { path, id } = known()
    expect(value(await readBeginning(path, id, content.length))).toBe('readable')
  })

  test('is also that of an empty file', async () => {
    const path = join(tree({ empty: '' }), 'empty')
    expect(value(await readBeginning(path, sourceIdOf(statSync(path, { bigint: true })), 0))).toBe('readable')
  })

  test.each(changes)('is of another file where %s', async (_, change) => {
    const { path, id } = known()
    change(path)
    expect(value(await readBeginning(path, id, content.length))).toBe('changed')
  })

  test('is of another file where it ends before it should, which shows after it was read', async () => {
    const path = join(tree({ 'a.txt': 'abc' }), 'a.txt')
    expect(value(await readBeginning(path, sourceIdOf(statSync(path, { bigint: true })), 4))).toBe('changed')
  })

  test.each(['open', 'read'])('says why it cannot be had, at its %s', async (what) => {
    using disk = faultyFiles()
    const { path, id } = known()
    disk.fail(path, { [what]: 'EBUSY' })
    expect(await readBeginning(path, id, content.length)).toEqual({
      ok: false,
      failure: { kind: 'source_unreadable', detail: 'EBUSY' },
    })
  })
})

describe('a whole file', () => {
  test('has the CRC32 of all that is in it', async () => {
    const { path, id } = known()
    const read = await readWhole(path, id, content.length, new AbortController().signal)
    expect(value(read)).toEqual({ crc32: crc32Of(Buffer.from(content)) })
  })

  test.each(changes)('is told to be another one where %s', async (_, change) => {
    const { path, id } = known()
    change(path)
    expect(value(await readWhole(path, id, content.length, new AbortController().signal))).toBe('changed')
  })
})
