import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const repository = join(import.meta.dirname, '../..')
const configuration = [
  'tsconfig.json',
  'biome.json',
  'knip.json',
  '.gitignore',
  '.dependency-cruiser.mjs',
  'src/renderer/tsconfig.json',
]

/** The smallest source that every gate lets through. */
const clean: Readonly<Record<string, string>> = {
  'package.json': '{\n  "name": "fixture",\n  "private": true,\n  "type": "module"\n}\n',
  'src/main/index.ts': "import { greeting } from '../shared/greeting.ts'\n\nconsole.log(greeting('you'))\n",
  'src/shared/greeting.ts': 'export const greeting = (name: string): string => name.trim()\n',
  'src/renderer/main.tsx': "document.title = 'Longshore'\n",
}

/** A folder laid out as this repository, with its configuration and the given source instead of its own; `remove` ends it. */
export async function gateFixture(
  files: Readonly<Record<string, string>> = {},
): Promise<{ readonly root: string; readonly remove: () => Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'longshore-gate-'))
  for (const path of configuration) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await cp(join(repository, path), join(root, path))
  }
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'))
  for (const [path, content] of Object.entries({ ...clean, ...files })) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), content)
  }
  return { root, remove: () => rm(root, { recursive: true }) }
}
