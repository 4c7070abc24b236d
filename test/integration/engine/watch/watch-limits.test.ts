import { execFileSync, spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import type { Hint } from '../../../../src/main/engine/watch/found.ts'
import { systemWatch } from '../../../../src/main/engine/watch/thread/system-watch.ts'
import { Watcher } from '../../../../src/main/engine/watch/thread/watcher.ts'
import { until } from '../../../support/until.ts'
import { place, tree } from '../../../unit/main/engine/watch/thread/tree.ts'

/** A user namespace has limits of its own (man 7 user_namespaces): those of the machine stay as they are. */
const inNamespace = (command: string): readonly [string, readonly string[]] => [
  'unshare',
  ['--user', '--map-root-user', 'sh', '-c', command],
]

const hasNamespaces = ((): boolean => {
  try {
    execFileSync(...inNamespace('echo 100 > /proc/sys/user/max_inotify_watches'), { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

/** What is told of a folder under a limit of the system. */
function toldUnder(setLimit: string, root: string): readonly unknown[] {
  const script = join(import.meta.dirname, '../../../support/watch-and-tell.ts')
  const child = spawn(...inNamespace(`${setLimit} && exec "$NODE" "$SCRIPT" "$FOLDER"`), {
    env: { ...process.env, NODE: process.execPath, SCRIPT: script, FOLDER: root },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill())
  const told: unknown[] = []
  createInterface(child.stdout).on('line', (line) => told.push(JSON.parse(line)))
  return told
}

const folders = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`${index}/`, '']))

test.runIf(hasNamespaces)(
  'where the system has no more watches, the setting is named and the rest is watched',
  async () => {
    const root = tree(folders)
    const told = toldUnder('echo 5 > /proc/sys/user/max_inotify_watches', root)
    await until(() => told.length === 2)
    expect(told).toEqual([
      { trouble: { reason: 'watch_limit', detail: 'fs.inotify.max_user_watches' } },
      { watching: true },
    ])
    writeFileSync(join(root, 'file'), '')
    await until(() => told.length === 3)
    expect(told[2]).toEqual({ hint: { kind: 'folders', folders: [''] } })
  },
)

test.runIf(hasNamespaces)('where the system has no more watchers, another setting is named', async () => {
  const told = toldUnder('echo 0 > /proc/sys/user/max_inotify_instances', tree(folders))
  await until(() => told.length === 2)
  expect(told[0]).toEqual({ trouble: { reason: 'watch_limit', detail: 'fs.inotify.max_user_instances' } })
})

test.runIf(process.platform === 'linux')('where the app itself has too many files open, that is said', () => {
  const module = join(import.meta.dirname, '../../../../src/main/engine/watch/thread/system-watch.ts')
  const script = `import { openSync } from 'node:fs'
    import { troubleOf } from ${JSON.stringify(module)}
    const trouble = () => troubleOf(Object.assign(new Error('EMFILE'), { code: 'EMFILE' }))
    const before = trouble()
    try { while (true) openSync('/dev/null') } catch {}
    process.stdout.write(JSON.stringify([before, trouble()]))`
  const limited = ['-c', 'ulimit -n 256; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', script]
  expect(JSON.parse(execFileSync('sh', limited, { encoding: 'utf8' }))).toEqual([
    { reason: 'watch_limit', detail: 'fs.inotify.max_user_instances' },
    { reason: 'watch_limit', detail: 'EMFILE' },
  ])
})

test.runIf(process.platform === 'linux')(
  'more changes at once than the system keeps are a hint at everything',
  async () => {
    const root = tree({ 'a/b/': '' })
    const hints: Hint[] = []
    const watcher = new Watcher(place(root), {
      system: systemWatch('linux'),
      untold: [],
      onHint: (hint) => hints.push(hint),
      onTrouble: () => undefined,
    })
    onTestFinished(() => watcher.end())
    await watcher.start()
    // this thread hears of nothing before it has made them all
    for (let index = 0; index < 20_000; index += 1) {
      writeFileSync(join(root, 'a/b', `${index}`), '')
      rmSync(join(root, 'a/b', `${index}`))
    }
    await until(() => hints.length > 0)
    expect(hints).toEqual([{ kind: 'everything' }])
  },
)
