import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../../../support/seeded-random.ts'
import { place, plant, tree, walked } from './tree.ts'

const patterns = [
  'a',
  'b/',
  '/a',
  '/b/',
  'a/b',
  '/a/b',
  'a/b/',
  '*.x',
  '*.y',
  '!*.x',
  '!a',
  '!b/',
  '!/a',
  '**/b',
  'a/**',
  'a/**/b',
  'b/*',
  '!b/*.x',
  '*',
  '!*/',
  '?.x',
  '[ab].y',
  '[!a].x',
  'c d',
  'c\\ d/',
  '\\!e',
  '\\#f',
  '# a',
  '',
  '**',
  'a*',
  '!**/a.x',
  'b/a/',
  '/*/a',
  '*/b',
  '!c d',
  'A',
  '*.x  ',
  'a/../b',
  './a',
  '//a',
  'a//b',
  '!',
  '/',
  'a\\',
  '[a',
  '*b*.?',
] as const
const names = ['a', 'b', 'c d', '!e', '#f', 'a.x', 'b.x', 'a.y', 'b.y', 'A'] as const

/** A tree whose folders and rules come from a seed; `rules` are the person's. */
function randomTree(seed: number): { readonly files: Readonly<Record<string, string>>; readonly rules: string } {
  const random = seededRandom(seed)
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item
  const some = (): string => Array.from({ length: 1 + Math.floor(random() * 4) }, () => pick(patterns)).join('\n')
  const files: Record<string, string> = {}
  const fill = (folder: string, depth: number): void => {
    if (random() < 0.4) {
      const text = some()
      files[`${folder}.gitignore`] = text
      files[`${folder}.longshoreignore`] = text
    }
    for (const name of names) {
      const isFolder = depth < 3 && random() < 0.35
      if (isFolder) fill(`${folder}${name}/`, depth + 1)
      else if (random() < 0.6) files[`${folder}${name}`] = ''
    }
  }
  fill('', 0)
  return { files, rules: random() < 0.5 ? some() : '' }
}

const isRulesFile = (path: string): boolean => /(^|\/)\.(git|longshore)ignore$/.test(path)

/** The files that git would take up. */
function takenByGit(root: string, rules: string): readonly string[] {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'core.excludesFile=', ...args], { cwd: root, encoding: 'utf8', env: {}, stdio: 'pipe' })
  git('init', '--quiet', '--template=')
  plant(root, { '.git/info/exclude': rules })
  return git('ls-files', '--others', '--exclude-standard', '-z')
    .split('\0')
    .filter((path) => path !== '')
}

test.each(Array.from({ length: 24 }, (_, seed) => seed))('rules let through what git takes up (tree %i)', (seed) => {
  const { files, rules } = randomTree(seed)
  const root = tree(files)
  const expected = takenByGit(root, rules).filter((path) => !isRulesFile(path))
  const found = walked(place(root, { rules: `${rules}\n/.git/`, hidden: true })).paths.filter(
    (path) => !isRulesFile(path),
  )
  expect(found.toSorted()).toEqual(expected.toSorted())
})
