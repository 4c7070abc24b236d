import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { gates, readImportRules } from '../../../scripts/gates.ts'
import { gateFixture } from '../../support/gate-fixture.ts'

let remove = async (): Promise<void> => undefined
afterEach(() => remove())

async function violations(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const fixture = await gateFixture(files)
  remove = fixture.remove
  const gate = gates.find(({ name }) => name === 'import rules')
  const verdict = await gate?.check(fixture.root)
  expect(verdict?.passed).toBe(false)
  return (verdict?.output ?? '').split('\n').flatMap((line) => (line.includes(' → ') ? [line.split(':')[0] ?? ''] : []))
}

const imports = (path: string): string => `import '${path}'\n`
const nothing = 'export {}\n'

/** For each rule a source that breaks it. */
const breaks: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'no-cycles': { 'src/shared/a.ts': imports('./b.ts'), 'src/shared/b.ts': imports('./a.ts') },
  'no-barrels': { 'src/shared/a.ts': imports('./things/index.ts'), 'src/shared/things/index.ts': nothing },
  'no-unresolvable': { 'src/main/a.ts': imports('./gone.ts') },
  'source-imports-source': { 'src/broker/a.ts': imports('../../test/helper.ts'), 'test/helper.ts': nothing },
  shared: { 'src/shared/a.ts': imports('react') },
  renderer: { 'src/renderer/a.ts': imports('node:fs') },
  preload: { 'src/preload/a.ts': imports('node:fs') },
  main: { 'src/main/a.ts': imports('./engine/b.ts'), 'src/main/engine/b.ts': nothing },
  engine: { 'src/main/engine/a.ts': imports('../app/b.ts'), 'src/main/app/b.ts': nothing },
  'engine-transfers-and-watch': {
    'src/main/engine/transfers/a.ts': imports('../s3/aws-object-store.ts'),
    'src/main/engine/s3/aws-object-store.ts': nothing,
  },
  'engine-folder-thread': {
    'src/main/engine/watch/thread/a.ts': imports('../../db/b.ts'),
    'src/main/engine/db/b.ts': nothing,
  },
  'folder-thread': {
    'src/main/engine/watch/a.ts': imports('./thread/b.ts'),
    'src/main/engine/watch/thread/b.ts': nothing,
  },
  'engine-s3': { 'src/main/engine/s3/a.ts': imports('../db/b.ts'), 'src/main/engine/db/b.ts': nothing },
  'engine-broker': { 'src/main/engine/broker/a.ts': imports('../db/b.ts'), 'src/main/engine/db/b.ts': nothing },
  'engine-db': {
    'src/main/engine/db/a.ts': imports('../transfers/upload.ts'),
    'src/main/engine/transfers/upload.ts': nothing,
  },
  broker: { 'src/broker/a.ts': imports('../shared/ipc.ts'), 'src/shared/ipc.ts': nothing },
  'broker-policy': { 'src/broker/policy/a.ts': imports('../config/b.ts'), 'src/broker/config/b.ts': nothing },
  'broker-page': { 'src/broker/page/browser/a.ts': imports('../b.ts'), 'src/broker/page/b.ts': nothing },
  'broker-page-is-not-bundled': {
    'src/broker/page/browser/a.ts': imports('../../../shared/b.ts'),
    'src/shared/b.ts': nothing,
  },
  emulator: { 'src/emulator/a.ts': imports('../shared/greeting.ts') },
  electron: { 'src/main/engine/a.ts': "import type { App } from 'electron'\nexport type Ours = App\n" },
  'better-sqlite3': { 'src/main/engine/a.ts': imports('better-sqlite3') },
  ignore: { 'src/main/engine/watch/a.ts': imports('ignore') },
  chokidar: { 'src/main/engine/watch/a.ts': imports('chokidar') },
  'aws-sdk': {
    'src/main/engine/transfers/a.ts':
      "import type { S3Client } from '@aws-sdk/client-s3'\nexport type Ours = S3Client\n",
  },
}

test('each import rule has a source that breaks it', async () => {
  const { forbidden } = await readImportRules(join(import.meta.dirname, '../../..'))
  expect(Object.keys(breaks).sort()).toEqual(forbidden?.map(({ name }) => name).sort())
})

test.each(Object.entries(breaks))('the rule %s turns red', async (rule, files) => {
  expect(await violations(files)).toContain(rule)
})

test('database code may know the states of a transfer, and only them', async () => {
  const found = await violations({
    'src/main/engine/db/a.ts': imports('../transfers/state.ts'),
    'src/main/engine/transfers/state.ts': nothing,
    'src/shared/a.ts': imports('./gone.ts'),
  })
  expect(found).not.toContain('engine-db')
})
