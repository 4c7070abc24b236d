import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, mkdir, open, stat, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { mebibyte } from '../../scripts/files.ts'
import { queueStatus } from '../../scripts/page-calls.ts'
import type { Services } from '../../scripts/services.ts'
import { answerDialog, expect, rowOf, test } from '../support/electron-app.ts'

test.use({ rate: 8 * mebibyte })

const sizes = {
  'notes.txt': 1_000,
  'day 1/scan 1.tif': 300_000,
  'day 1/scan 2.tif': 2 * mebibyte,
  'day 1/raw/Überblick 文.bin': 40_000,
  'day 2/harbour film.mov': 24 * mebibyte,
  'day 2/scan 3.tif': 500_000,
}

test('a watched folder arrives as it is: copied slowly, through SIGKILL, and with what changed while the app was closed', async ({
  folder,
  services,
  openSignedIn,
}) => {
  test.setTimeout(120_000)
  const tree = join(folder, 'scans')
  await mkdir(tree)

  const before = await openSignedIn()
  await answerDialog(before.electron, [tree])
  await before.page.getByRole('link', { name: /^Folders/ }).click()
  await before.page.getByRole('button', { name: 'Watch a folder…' }).click()
  await before.page.getByRole('button', { name: 'Start watching' }).click()
  await expect(before.page.getByText('Watching', { exact: true })).toBeVisible()
  await before.page.getByRole('link', { name: /^Transfers/ }).click()

  const killed = Promise.withResolvers<void>()
  const copied = copySlowly(tree, { 'day 2/harbour film.mov': killed.promise })
  await expect(rowOf(before.page, 'scan 1.tif')).toHaveAttribute('data-state', 'completed')
  await expect(rowOf(before.page, 'harbour film.mov')).toHaveAttribute('data-activity', 'writing')
  await before.kill()
  killed.resolve()
  await copied
  await appendFile(join(tree, 'notes.txt'), 'written while nobody looked')
  await replaceUnseen(join(tree, 'day 1', 'scan 1.tif'))
  await mkdir(join(tree, 'day 3'))
  await writeFile(join(tree, 'day 3', 'new.txt'), 'new')

  expect(await differencesOf(tree, services)).not.toBe('none')

  const after = await openSignedIn()
  await expect.poll(() => differencesOf(tree, services), { timeout: 60_000, intervals: [1_000] }).toBe('none')
  await expect
    .poll(async () => (await queueStatus(after.page))?.counts)
    .toMatchObject({ waiting: 0, active: 0, failed: 0 })
  await after.page.getByRole('link', { name: /^Folders/ }).click()
  await expect(after.page.locator('[data-count="uploaded"]')).toHaveText('7 uploaded')
})

/** Writes the tree file by file, each in pieces with a rest between them, as a slow copy does; a file's last piece after what it waits for. */
async function copySlowly(tree: string, waitsFor: Readonly<Record<string, Promise<void>>>): Promise<void> {
  for (const [path, size] of Object.entries(sizes)) {
    const target = join(tree, path)
    await mkdir(dirname(target), { recursive: true })
    await using file = await open(target, 'w')
    for (let piece = 0; piece < 8; piece += 1) {
      if (piece === 7) await waitsFor[path]
      await file.write(randomBytes(size / 8))
      await delay(350)
    }
  }
}

/** Other bytes of the same size, under the time that the file had. */
async function replaceUnseen(path: string): Promise<void> {
  const { size, atime, mtime } = await stat(path)
  await writeFile(path, randomBytes(size))
  await utimes(path, atime, mtime)
}

const run = promisify(execFile)

/** What `rclone check` says of a folder and of what the bucket has of it: `none`, or its complaint. */
async function differencesOf(tree: string, { store, bucket }: Services): Promise<string> {
  const rclone = (...args: string[]) =>
    run('rclone', ['--retries', '1', '--low-level-retries', '1', ...args], {
      env: {
        PATH: process.env.PATH,
        HOME: dirname(tree),
        RCLONE_CONFIG_STORE_TYPE: 's3',
        RCLONE_CONFIG_STORE_PROVIDER: 'Other',
        RCLONE_CONFIG_STORE_ENDPOINT: store.endpoint,
        RCLONE_CONFIG_STORE_ACCESS_KEY_ID: store.accessKeyId,
        RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: store.secretAccessKey,
      },
    })
  const people = `store:${bucket}/folders`
  // one folder of one person, each a hash
  const { stdout } = await rclone('lsf', '--dirs-only', '--recursive', '--max-depth', '2', people)
  const prefix = stdout.split('\n').find((path) => path.split('/').length === 3)
  if (prefix === undefined) return 'nothing is there'
  return rclone('check', '--download', tree, `${people}/${prefix}`).then(
    () => 'none',
    (error: Error) => error.message,
  )
}
