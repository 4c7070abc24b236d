import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import { crc32Of } from '../../../src/main/engine/transfers/crc32.ts'
import { usualFolderOptions } from '../../../src/shared/folder.ts'
import type { EngineProcess, EngineProcessOptions } from '../../support/engine-process.ts'
import { type Lab, startLab } from '../../support/lab.ts'
import { createRandomTree, type RandomTree } from '../../support/random-tree.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { value } from '../../support/value.ts'

/** How many operations in all; the seed of an earlier run plans the same ones again. */
const { WATCH_OPERATIONS = '1500', WATCH_SEED = String(Date.now() % 2 ** 31) } = process.env

/** So small that some files go in several parts. */
const partSize = 64 * 1024
const largest = 4 * partSize
const stillSeconds = 1
/** A file whose writer paused before is waited for up to 30 s; the rest is for sending (ms). */
const arrivesWithin = 60_000
/** Between two questions whether all has arrived (ms), and how many of them are between two looks. */
const interval = 100
const looksApart = 50
/** Operations of one burst, and the longest rest after it (ms), unless everything has to arrive first. */
const mostOperations = 60
const longestRest = 1_500

/**
 * How much the system tells of changes: in a user namespace of its own the engine has so many inotify instances, or
 * watches, and no more. Who writes a file cannot be seen from within, where time alone tells.
 */
const limitedTo = (limit: string): EngineProcessOptions => ({
  through: ['unshare', '--user', '--map-root-user', 'sh', '-c', `${limit}; exec "$0" "$@"`],
})
const canLimit =
  spawnSync('unshare', ['--user', '--map-root-user', 'test', '-w', '/proc/sys/user/max_inotify_watches']).status === 0

const watchers = [
  { watcher: 'on', options: {}, patience: Number.POSITIVE_INFINITY, activity: { state: 'watching' } },
  {
    watcher: 'off',
    options: limitedTo('echo 0 > /proc/sys/user/max_inotify_instances'),
    patience: 800,
    activity: { state: 'polling', detail: 'fs.inotify.max_user_instances' },
  },
  {
    watcher: 'failing',
    options: limitedTo('echo 4 > /proc/sys/user/max_inotify_watches'),
    patience: 800,
    activity: { state: 'polling', detail: 'fs.inotify.max_user_watches' },
  },
]

test.concurrent.for(watchers)(
  'whatever is done in a folder, each file arrives whole and once, with the watcher $watcher',
  { timeout: 120_000 + (Number(WATCH_OPERATIONS) / watchers.length) * 500 },
  async ({ watcher, options, patience, activity }, { skip }) => {
    skip(watcher !== 'on' && !canLimit, 'this system cannot take inotify from a single process')
    console.log(`WATCH_SEED=${WATCH_SEED}`)
    const random = seededRandom(Number(WATCH_SEED))
    await using lab = await startLab({ faults: true, emulator: { minPartSize: partSize } })
    const tree = createRandomTree(lab.folder, { random, largest, patience })
    const profile = join(lab.folder, 'profile.db')
    let engine = await lab.engineProcess(profile, { ...options, partSize, slots: 4 })
    await engine.signIn()
    const id = await watch(engine, tree.watched)
    /** In place of the minute that passes between two looks. */
    const lookAgain = async () => {
      if (watcher !== 'on') value(await engine.handlers.folders.lookAgain({ id }))
    }

    for (let left = Math.ceil(Number(WATCH_OPERATIONS) / watchers.length); left > 0; ) {
      const isClosed = random() < 0.15
      if (isClosed) await engine.stop()
      const burst = Math.min(left, 1 + Math.floor(random() * mostOperations))
      for (let operation = 0; operation < burst; operation += 1) {
        tree.step()
        await turn()
      }
      left -= burst
      if (isClosed) {
        engine = await lab.engineProcess(profile, options)
        await engine.begin()
      }
      if (left > 0 && random() < 0.6) {
        await delay(random() * longestRest)
        await lookAgain()
        continue
      }
      tree.finish()
      await arrived(lab, engine, tree, lookAgain)
    }

    await vi.waitFor(async () => {
      const [folder] = value(await engine.handlers.folders.list())
      expect(folder?.activity).toMatchObject(activity)
    })
    const stored = [...storedIn(lab)].flatMap(([path, versions]) =>
      versions.map((crc32, index) => ({ path, crc32, before: versions[index - 1] })),
    )
    expect(stored.filter(({ path, crc32 }) => !tree.hasHeld(path, crc32))).toEqual([])
    expect(stored.filter(({ crc32, before }) => crc32 === before)).toEqual([])
    expect(await lab.uploads()).toEqual([])
    const objects = await lab.objects()
    for (const [path, crc32] of tree.files()) {
      const key = objects.find(({ key }) => pathOf(key) === path)?.key ?? null
      expect({ path, crc32: crc32Of(await lab.object({ key })) }).toEqual({ path, crc32 })
    }
  },
)

async function watch({ handlers }: EngineProcess, path: string): Promise<string> {
  const { id: draft } = value(await handlers.folders.draft({ paths: [path] }))
  const options = { ...usualFolderOptions, stillSeconds }
  return value(await handlers.folders.start({ draft, purpose: 'folders', options, existing: 'upload' })).id
}

/** Waits until the bucket has each file as it is, and nothing is left to do. */
async function arrived(
  lab: Lab,
  { handlers, list }: EngineProcess,
  tree: RandomTree,
  lookAgain: () => Promise<void>,
): Promise<void> {
  const files = tree.files()
  let times = 0
  await vi.waitFor(
    async () => {
      if (times % looksApart === 0) await lookAgain()
      times += 1
      const stored = storedIn(lab)
      const missing = [...files].filter(([path, crc32]) => stored.get(path)?.at(-1) !== crc32).map(([path]) => path)
      const [folder] = value(await handlers.folders.list())
      const { waiting = 1, beingWritten = 1, uploading = 1, failed = 1 } = folder?.counts ?? {}
      if (missing.length + waiting + beingWritten + uploading + failed === 0) return
      const rows = (await list()).filter(({ state }) => state !== 'completed')
      throw new Error(`not there: ${JSON.stringify({ missing, folder, rows }, null, 1)}`)
    },
    { timeout: arrivesWithin, interval },
  )
}

/** What the store has taken for each path below the folder, in this order, as the CRC32 of the bytes. */
function storedIn(lab: Lab): ReadonlyMap<string, readonly string[]> {
  const written = lab
    .served()
    .filter(({ operation, stored }) => stored && (operation === 'PutObject' || operation === 'CompleteMultipartUpload'))
  const versions = Map.groupBy(written, ({ key }) => pathOf(key ?? ''))
  return new Map([...versions].map(([path, entries]) => [path, entries.map(({ crc32 }) => crc32 ?? '')]))
}

/** What stands behind the hashes of person and folder. */
const pathOf = (key: string): string => key.split('/').slice(3).join('/')
