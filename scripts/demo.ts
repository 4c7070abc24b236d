import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { openVirtualDisplay } from './display.ts'
import { dropOn } from './drop-on.ts'
import { electronRuntime } from './electron-runtime.ts'
import { makeFile, measure, mebibyte } from './files.ts'
import { type LaunchedApp, launchApp } from './launch-app.ts'
import { listedTransfers, queueStatus } from './page-calls.ts'
import { type Services, startServices } from './services.ts'
import { stage } from './stage.ts'
import { hasDisplay, installSystemLibraries } from './system-libraries.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { compareWithStore } from './verdict.ts'
import { waitFor } from './wait-for.ts'

const pictures = join(import.meta.dirname, '..', 'demo-output')
const demoFileSize = 512 * mebibyte
/** About how long the whole upload shall take, so that it can be watched. */
const uploadSeconds = 20
const killAt = 0.4
/** The share at which the second picture is taken: some parts after the restart. */
const pictureAt = 0.55
const patience = 600_000

/** The main job from a drop to a verified object, with a kill in the middle. Returns whether all bytes arrived. */
async function demo(paths: readonly string[], keep: boolean, opened: AsyncDisposableStack): Promise<boolean> {
  console.log('\nLongshore demo: drop a large file, kill the app, start it again, compare what arrived.\n')
  await timed('System libraries', () => installSystemLibraries(say))
  const runtime = await timed('Electron', () => electronRuntime(say))
  const staged = await timed('The app is built', () => stage(runtime))
  const display = hasDisplay() ? undefined : await openVirtualDisplay()
  if (display) opened.defer(display.close)
  const { path: folder, remove } = await temporaryFolder('demo')
  opened.defer(remove)
  const files = paths.length > 0 ? paths.map((path) => resolve(path)) : [join(folder, 'harbour-film.mov')]
  const [first] = files
  if (paths.length === 0 && first !== undefined)
    await timed('A file of 512 MiB is made', () => makeFile(first, demoFileSize))
  const dropped = await measure(files)
  const rate = Math.max(mebibyte, Math.ceil(dropped.bytes / uploadSeconds))
  const services = await timed('S3, STS and broker run', () => startServices({ rate }))
  opened.defer(services.close)
  await mkdir(pictures, { recursive: true })

  const start = async (): Promise<LaunchedApp> => {
    const { brokerUrl, token } = services
    const profile = join(folder, 'profile')
    const launched = await launchApp({
      executable: runtime.executable,
      stage: staged,
      profile,
      display: display?.name,
      brokerUrl,
      token,
    })
    opened.defer(launched.kill)
    await waitFor('the app to be signed in', patience, async () => (await queueStatus(launched.page)) !== null)
    return launched
  }

  const before = await timed('The app is open and signed in', start)
  await timed('Dropped on the window', async () => {
    await dropOn(before.page, files)
    await stored(before, 0.12)
  })
  await before.page.screenshot({ path: join(pictures, '1-dropped.png') })
  await timed(`${killAt * 100} % is stored`, () => stored(before, killAt))
  const killed = await timed('Killed: SIGKILL for all of its processes', async () => {
    await before.kill()
    return services.witness.parts.length
  })

  const after = await timed('Started again', start)
  await timed('It goes on by itself', async () => {
    await stored(after, pictureAt)
    await shown(after, pictureAt)
  })
  await after.page.screenshot({ path: join(pictures, '2-after-restart.png') })
  await timed('Everything is stored', () => waitFor('the end of the upload', patience, () => allStored(after)))
  await waitFor('the page to say so', patience, async () => {
    const open = await after.page.locator('[data-state]:not([data-state="completed"])').count()
    return open === 0
  })
  await after.page.screenshot({ path: join(pictures, '3-done.png') })
  console.log(`\n  ${partWords(services, killed)}`)

  const verdict = await compareWithStore(await listedTransfers(after.page), files, dropped.files, services)
  for (const line of verdict.lines) console.log(`  ${line}`)
  console.log(`  Pictures: ${pictures}\n`)
  if (keep && display === undefined) {
    console.log('  The window stays open; close it to end the demo.')
    await new Promise<void>((resolve) => after.electron.once('close', () => resolve()))
  }
  return verdict.equal
}

const stored = (app: LaunchedApp, share: number): Promise<void> =>
  waitFor(`${share * 100} % to be stored`, patience, async () => {
    const queue = await queueStatus(app.page)
    return (await allStored(app)) || (queue !== null && queue.size > 0 && queue.acknowledged / queue.size >= share)
  })

/** The page follows a moment later than what is so. */
const shown = (app: LaunchedApp, share: number): Promise<void> =>
  waitFor(`the page to show ${share * 100} %`, patience, async () => {
    const percent = await app.page.getByRole('progressbar').first().getAttribute('aria-valuenow')
    return Number(percent) >= share * 100 || (await allStored(app))
  })

async function allStored(app: LaunchedApp): Promise<boolean> {
  const counts = (await queueStatus(app.page))?.counts
  if (counts && counts.failed > 0) throw new Error('A transfer failed; see the pictures.')
  return counts !== undefined && counts.all > 0 && counts.completed === counts.all
}

/** What became of the parts that S3 had, or was being sent, when the app was killed. */
function partWords({ witness }: Services, killed: number): string {
  const name = ({ key, partNumber }: { key: string; partNumber: number }) => `${key}#${partNumber}`
  const [early, late] = [witness.parts.slice(0, killed), witness.parts.slice(killed)]
  const sentLate = new Set(late.map(name))
  const hadBefore = new Set(early.filter((part) => part.stored).map(name))
  const kept = [...hadBefore].filter((part) => !sentLate.has(part)).length
  const again = new Set(early.map(name).filter((part) => sentLate.has(part))).size
  return `Parts: ${kept} kept from before the kill, ${again} sent again, ${sentLate.size - again} sent for the first time.`
}

const say = (line: string): void => console.log(`    ${line}`)

async function timed<Value>(what: string, work: () => Promise<Value>): Promise<Value> {
  const started = performance.now()
  const value = await work()
  console.log(`  ✓ ${what.padEnd(44)} ${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s`)
  return value
}

const { values, positionals } = parseArgs({ options: { keep: { type: 'boolean' } }, allowPositionals: true })
const opened = new AsyncDisposableStack()
let stopped = false
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    stopped = true
    console.log('\n  Stopped.')
    void opened.disposeAsync().finally(() => process.exit(130))
  })
try {
  if (!(await demo(positionals, values.keep ?? false, opened))) process.exitCode = 1
} catch (error) {
  if (!stopped) console.error(`\n  ✗ ${(error as Error).message}\n`)
  process.exitCode = 1
} finally {
  await opened.disposeAsync()
}
