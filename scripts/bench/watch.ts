import { mkdirSync, writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { openDatabase } from '../../src/main/engine/db/database.ts'
import { createFolders } from '../../src/main/engine/db/folders.ts'
import { createUploadedFiles, leftAsItIs } from '../../src/main/engine/db/uploaded-files.ts'
import { type FolderView, usualFolderOptions } from '../../src/shared/folder.ts'
import type { Keychain } from '../../test/support/engine-control.ts'
import { type EngineProcess, type EngineProcessOptions, startEngineProcess } from '../../test/support/engine-process.ts'
import { value } from '../../test/support/value.ts'
import { startServices } from '../services.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait-for.ts'
import { heapOfTheApp } from './clients.ts'
import { cpuSecondsOf, peakOf } from './measure-process.ts'
import { mebibytes, type Section } from './section.ts'
import type { Sizes } from './sizes.ts'

const filesPerFolder = 10
/** What is asked of it. */
const longestFirstScan = 10
const longestDelay = 50
const longestRescan = 3
const mostMemory = 150 * 1024 ** 2
const longestAfterStill = 300
const longestStart = 2
const mostIdle = 0.01
const patience = 300_000
/** New files whose way into the queue is timed, and the time between two (ms). */
const newFiles = 100
const betweenFiles = 100
/** How long an idle engine is looked at (ms). */
const idle = 30_000

/** How fast and how cheaply a large folder is watched; nothing is sent meanwhile. */
export async function watch({ watchedFiles, recordedFiles }: Sizes): Promise<Section> {
  await using opened = new AsyncDisposableStack()
  const { path: folder, remove } = await temporaryFolder('bench')
  opened.defer(remove)
  const services = await startServices({ direct: true })
  opened.defer(services.close)
  const keychain: Keychain = { session: null }
  const tree = join(folder, 'watched')
  makeTree(tree, watchedFiles)

  const profile = (name: string) => join(folder, `${name}.db`)
  const delayFile = join(folder, 'loop-delay')
  const start = async (path: string, options: EngineProcessOptions = {}) => {
    const { nodeOptions = [] } = options
    const engine = await startEngineProcess(services, path, keychain, {
      ...options,
      nodeOptions: [heapOfTheApp, ...nodeOptions],
    })
    opened.defer(() => engine.kill())
    return engine
  }
  const signedIn = async (path: string, options?: EngineProcessOptions) => {
    const engine = await start(path, options)
    await engine.handlers.queue.pause()
    await engine.signIn()
    return engine
  }

  const first = await signedIn(profile('first'), {
    env: { LOOP_DELAY_FILE: delayFile },
    nodeOptions: ['--import', join(import.meta.dirname, 'loop-delay.ts')],
  })
  const before = peakOf(first.pid)
  const firstScan = await timed(async () => {
    await startWatching(first, tree, 'upload')
    await lookedThrough(first, ({ counts }) => counts.waiting === watchedFiles)
  })
  const added = peakOf(first.pid) - before
  await first.stop()
  await first.exited
  const delay = Number(await readFile(delayFile, 'utf8'))

  const second = await signedIn(profile('second'))
  await startWatching(second, tree, 'leave')
  const { id, lookedAt } = await lookedThrough(second)
  const rescan = await timed(async () => {
    value(await second.handlers.folders.lookAgain({ id }))
    await lookedThrough(second, (view) => view.lookedAt !== lookedAt)
  })
  const cpuBefore = cpuSecondsOf(second.pid).own
  await setTimeout(idle)
  const busy = (cpuSecondsOf(second.pid).own - cpuBefore) / (idle / 1_000)
  const late = await latenessOfNewFiles(second, tree)
  await second.stop()

  recordFiles(profile('third'), keychain, recordedFiles, tree)
  const started = await timed(async () => {
    const third = await start(profile('third'))
    await third.begin()
    value(await third.handlers.folders.list())
  })

  const seconds = (time: number) => `${time.toFixed(2)} s`
  const rows: readonly (readonly [string, string, string, boolean])[] = [
    [
      'first look, to the last row in the queue',
      seconds(firstScan),
      `${longestFirstScan} s`,
      firstScan <= longestFirstScan,
    ],
    ['event loop late meanwhile, p99', `${delay.toFixed(0)} ms`, `${longestDelay} ms`, delay <= longestDelay],
    ['memory added by it', `${mebibytes(added)} MiB`, `${mebibytes(mostMemory)} MiB`, added <= mostMemory],
    ['look through it again, unchanged', seconds(rescan), `${longestRescan} s`, rescan <= longestRescan],
    ['idle, share of a core', `${(busy * 100).toFixed(2)} %`, `${mostIdle * 100} %`, busy <= mostIdle],
    [
      'a new file in the queue after it was still, p95',
      `${late.toFixed(0)} ms`,
      `${longestAfterStill} ms`,
      late <= longestAfterStill,
    ],
    [
      `start with ${recordedFiles.toLocaleString('en')} recorded files`,
      seconds(started),
      `${longestStart} s`,
      started <= longestStart,
    ],
  ]
  const files = watchedFiles.toLocaleString('en')
  return {
    title: 'Watched folders',
    about:
      `A folder with ${files} files in ${(watchedFiles / filesPerFolder).toLocaleString('en')} folders, on this machine's disk. ` +
      'Nothing is sent. Memory is the difference of the most that the engine had before and after, with its thread.',
    tables: [
      { header: ['what', 'measured', 'at most'], rows: rows.map(([what, measured, most]) => [what, measured, most]) },
    ],
    targets: rows.map(([what, measured, most, met]) => ({
      text: `${what}: ${measured}, at most ${most} are asked.`,
      met,
    })),
  }
}

const timed = async (work: () => Promise<void>): Promise<number> => {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1_000
}

function makeTree(root: string, files: number): void {
  for (let number = 0; number < files; number += 1) {
    const folder = join(
      root,
      `day ${Math.floor(number / filesPerFolder / 100)}`,
      `reel ${Math.floor(number / filesPerFolder)}`,
    )
    if (number % filesPerFolder === 0) mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, `frame ${number}.dpx`), `${number}`)
  }
}

async function startWatching(
  { handlers }: EngineProcess,
  path: string,
  existing: 'upload' | 'leave',
): Promise<FolderView> {
  const { id: draft } = value(await handlers.folders.draft({ paths: [path] }))
  return value(await handlers.folders.start({ draft, purpose: 'folders', options: usualFolderOptions, existing }))
}

/** The one folder, once it was looked through and is as asked. */
async function lookedThrough(
  { handlers }: EngineProcess,
  isSo: (view: FolderView) => boolean = () => true,
): Promise<FolderView> {
  let found: FolderView | null = null
  await waitFor('the folder to be looked through', patience, async () => {
    const [view] = value(await handlers.folders.list())
    if (view?.lookedAt == null || view.activity.state !== 'watching' || !isSo(view)) return false
    found = view
    return true
  })
  if (found === null) throw new Error('no folder is watched')
  return found
}

/** How long (ms) after its time of stillness a new file is ready to be sent, of 100 files the 95th. */
async function latenessOfNewFiles({ handlers }: EngineProcess, tree: string): Promise<number> {
  const wrote = new Map<string, number>()
  for (let number = 0; number < newFiles; number += 1) {
    const name = `new ${number}.dpx`
    await writeFile(join(tree, 'day 0', 'reel 0', name), 'new')
    wrote.set(name, Date.now())
    await setTimeout(betweenFiles)
  }
  const page = () => handlers.transfers.page({ filter: 'all', search: 'new ', offset: 0, limit: 500 })
  await waitFor('the new files in the queue', patience, async () => {
    const { rows } = value(await page())
    return rows.length === newFiles && rows.every(({ activity }) => activity !== 'writing')
  })
  const still = usualFolderOptions.stillSeconds * 1_000
  const late = value(await page()).rows.map(({ name, updatedAt }) => updatedAt - (wrote.get(name) ?? 0) - still)
  return late.sort((left, right) => left - right)[Math.ceil(newFiles * 0.95) - 1] ?? Number.NaN
}

/** A profile whose folder has so many records. */
function recordFiles(profile: string, { session }: Keychain, count: number, tree: string): void {
  const database = openDatabase(profile)
  if (!database.ok || session === null) throw new Error('there is no profile to fill')
  const { brokerUrl, subject, label } = session
  const account = database.value
    .prepare('INSERT INTO accounts (broker_url, subject, label) VALUES (?, ?, ?)')
    .run(brokerUrl, subject, label)
  const folders = createFolders(database.value, Date.now)
  const id = folders.prepare({
    accountId: Number(account.lastInsertRowid),
    purpose: 'folders',
    path: tree,
    options: usualFolderOptions,
  })
  folders.begin(id)
  const uploaded = createUploadedFiles(database.value, Date.now)
  const batch = 100_000
  for (let first = 0; first < count; first += batch) {
    const files = Array.from({ length: Math.min(batch, count - first) }, (_, index) => ({
      path: `archive/day ${Math.floor((first + index) / 1_000)}/frame ${first + index}.dpx`,
      sourceId: `${index}:1790000000000000000:1790000000000000000:2049:${first + index}`,
      size: index,
    }))
    uploaded.record(id, files.map(leftAsItIs))
  }
  database.value.close()
}
