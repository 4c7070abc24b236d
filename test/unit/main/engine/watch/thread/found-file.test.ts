import { rmSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isPlaceholder, lookAtFile } from '../../../../../../src/main/engine/watch/thread/found-file.ts'
import { place, tree, walked } from './tree.ts'

test('a single file is seen as a walk sees it', () => {
  const where = place(tree({ 'a/b.txt': 'hello' }))
  expect(lookAtFile(where.root, 'a/b.txt', 'linux')).toEqual(walked(where).files[0])
})

test('what is gone, or no file any more, is not seen', () => {
  const root = tree({ 'a/b.txt': '', 'c.txt': '' })
  rmSync(join(root, 'a'), { recursive: true })
  const { root: where } = place(root)
  expect(['a/b.txt', 'c.txt/d', '', '\0'].map((path) => lookAtFile(where, path, 'linux'))).toEqual([
    null,
    null,
    null,
    'unread',
  ])
})

test('a link is looked through within the folder only', () => {
  const root = tree({ 'a.txt': 'hello' })
  const outside = tree({ 'b.txt': '' })
  symlinkSync('a.txt', join(root, 'in'))
  symlinkSync(join(outside, 'b.txt'), join(root, 'out'))
  const { root: where } = place(root)
  expect(lookAtFile(where, 'in', 'linux')).toMatchObject({ path: 'in', size: 5 })
  expect(lookAtFile(where, 'out', 'linux')).toBeNull()
})

test('a file whose content went into a cloud meanwhile is not seen', () => {
  const root = tree({ 'film.mov': '' })
  truncateSync(join(root, 'film.mov'), 1_000_000)
  const { root: where } = place(root)
  expect([lookAtFile(where, 'film.mov', 'darwin'), lookAtFile(where, 'film.mov', 'linux')]).toMatchObject([
    null,
    { size: 1_000_000 },
  ])
})

test('a small file without a block is no placeholder: file systems keep such files elsewhere', () => {
  expect(isPlaceholder({ size: 3_000n, blocks: 0n }, 'win32')).toBe(false)
  expect(isPlaceholder({ size: 3_000_000n, blocks: 0n }, 'win32')).toBe(true)
  expect(isPlaceholder({ size: 3_000_000n, blocks: 8n }, 'win32')).toBe(false)
})
