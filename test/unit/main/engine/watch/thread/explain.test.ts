import { symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { explain } from '../../../../../../src/main/engine/watch/thread/explain.ts'
import { place, tree } from './tree.ts'

test('a path that is not ignored has no reason', () => {
  expect(explain(place(tree({ 'a/b.txt': '' })), 'a/b.txt')).toBeNull()
})

test('the rule that decides is named, of whichever list it is', () => {
  const where = place(tree({ 'a/.longshoreignore': '*.raw', 'a/b.raw': '' }), { rules: '*.log' })
  expect(explain(where, 'a/b.raw')).toEqual({ kind: 'file', rule: '*.raw', file: 'a/.longshoreignore' })
  expect(explain(where, 'a/b.log')).toEqual({ kind: 'yours', rule: '*.log' })
  expect(explain(where, 'a/Thumbs.db')).toEqual({ kind: 'system', rule: 'Thumbs.db' })
  expect(explain(where, 'a/b.part')).toEqual({ kind: 'temporary', rule: '*.part' })
  expect(explain(where, 'a/.hidden')).toEqual({ kind: 'hidden' })
})

test('a file in a folder that is ignored has its reason', () => {
  const where = place(tree({ 'target/deep/a.txt': '' }), { rules: 'target/' })
  expect(explain(where, 'target/deep/a.txt')).toEqual({ kind: 'yours', rule: 'target/' })
})

test('a path that is not there is explained by the rules alone, as a folder where it ends with a slash', () => {
  const where = place(tree(), { rules: 'target/' })
  expect(explain(where, 'target/')).toEqual({ kind: 'yours', rule: 'target/' })
  expect(explain(where, 'target')).toBeNull()
})

test('a folder that is there needs no slash', () => {
  expect(explain(place(tree({ 'target/a': '' }), { rules: 'target/' }), 'target')?.kind).toBe('yours')
})

test('what is no file is explained by what it is', () => {
  const root = tree({ 'empty/': '', 'full/a': '', 'hole.bin': '' })
  symlinkSync('full/a', join(root, 'link'))
  symlinkSync('/', join(root, 'out'))
  truncateSync(join(root, 'hole.bin'), 1_000_000)
  const where = place(root)
  expect(explain(where, 'empty/')).toEqual({ kind: 'empty_folder' })
  expect(explain(where, 'full')).toBeNull()
  expect(explain(where, 'link')).toEqual({ kind: 'link' })
  expect(explain(place(root, { links: 'follow' }), 'link')).toBeNull()
  expect(explain(place(root, { links: 'follow' }), 'out')).toEqual({ kind: 'link_outside' })
  expect(explain(place(root, {}, 'darwin'), 'hole.bin')).toEqual({ kind: 'placeholder' })
})

test.each(['', '/', '.', '..', '../x', 'a/../../x', '\0'])(
  '%j is no path in the folder, and nothing is said of it',
  (path) => {
    expect(explain(place(tree()), path)).toBeNull()
  },
)
