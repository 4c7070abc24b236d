import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FoundFile, Looked, WalkOptions } from '../../../../../../src/main/engine/watch/found.ts'
import type { Place } from '../../../../../../src/main/engine/watch/thread/entries.ts'
import { list, type Search, walk } from '../../../../../../src/main/engine/watch/thread/walk.ts'
import { openRoot } from '../../../../../../src/main/engine/watch/thread/watched-root.ts'
import type { IgnoreReason, ItemGroup } from '../../../../../../src/shared/folder.ts'
import { temporaryFolder } from '../../../../../support/temporary-folder.ts'
import { value } from '../../../../../support/value.ts'

/** A folder with files of the given contents; it is gone when the test is over. A path that ends with `/` is a folder. */
export function tree(files: Readonly<Record<string, string>> = {}): string {
  const root = temporaryFolder()
  plant(root, files)
  return root
}

/** Puts files and folders below a folder. */
export function plant(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(path.endsWith('/') ? join(root, path) : dirname(join(root, path)), { recursive: true })
    if (!path.endsWith('/')) writeFileSync(join(root, path), content)
  }
}

export const place = (
  root: string,
  options: Partial<WalkOptions> = {},
  platform: NodeJS.Platform = 'linux',
): Place => ({
  root: value(openRoot(root)),
  options: { rules: '', hidden: false, links: 'skip', ...options },
  platform,
})

type Outcome<What> = What & { readonly files: readonly FoundFile[]; readonly paths: readonly string[] }

function outcomeOf<What>(search: Search<What>): Outcome<What> {
  const files: FoundFile[] = []
  for (let step = search.next(); ; step = search.next()) {
    if (step.done === true) return { ...step.value, files, paths: files.map(({ path }) => path) }
    if (step.value !== null) files.push(step.value)
  }
}

export const walked = (where: Place): Outcome<Looked> => outcomeOf(walk(where))
export const listed = (where: Place, folders: readonly string[]) => outcomeOf(list(where, folders))

export const group = <Why>(why: Why, first: string, count = 1, bytes = 0): ItemGroup<Why> => ({
  why,
  count,
  bytes,
  first,
})
export const ignoredFor = (
  kind: Exclude<IgnoreReason, { readonly rule: string }>['kind'],
  first: string,
  count = 1,
  bytes = 0,
) => group<IgnoreReason>({ kind }, first, count, bytes)
