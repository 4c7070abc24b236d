import { expect, test } from 'vitest'
import type { FoundFile } from '../../../../../src/main/engine/watch/found.ts'
import { preview } from '../../../../../src/main/engine/watch/preview.ts'
import { failed } from '../../../../../src/shared/failure.ts'
import { value } from '../../../../support/value.ts'

const options = { rules: '', hidden: false, links: 'skip' } as const
const file = (number: number): FoundFile => ({
  ...{ path: `${number}`, size: number, sourceId: `${number}`, modifiedAt: 1, changedAt: 1 },
})
const looked = {
  ignored: [{ why: { kind: 'hidden' }, count: 2, bytes: 0, first: '.a' }],
  problems: [{ why: 'name_taken', count: 1, bytes: 0, first: 'b' }],
  ...{ entries: 1, identity: '1:1' },
} as const
const { signal } = new AbortController()

test('a preview counts all files and their bytes, and names the first hundred', async () => {
  const files = Array.from({ length: 250 }, (_, number) => file(number))
  const walk = async (_options: unknown, onFiles: (files: readonly FoundFile[]) => unknown) => {
    for (let first = 0; first < files.length; first += 60) await onFiles(files.slice(first, first + 60))
    return { ok: true, value: looked } as const
  }
  expect(value(await preview({ walk }, options, signal))).toEqual({
    files: 250,
    bytes: (249 * 250) / 2,
    first: files.slice(0, 100).map(({ path, size }) => ({ path, size })),
    ignored: looked.ignored,
    problems: looked.problems,
  })
})

test('of a folder that cannot be read a preview says why', async () => {
  const unreadable = failed('source_unreadable', 'EACCES')
  expect(await preview({ walk: async () => unreadable }, options, signal)).toEqual(unreadable)
})
