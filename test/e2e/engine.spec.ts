import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ElectronApplication } from '@playwright/test'
import { dropOn } from '../../scripts/drop-on.ts'
import { makeFile, mebibyte } from '../../scripts/files.ts'
import { listedTransfers } from '../../scripts/page-calls.ts'
import { runningOf } from '../../scripts/process-tree.ts'
import { compareWithStore } from '../../scripts/verdict.ts'
import { expect, rowOf, test } from '../support/electron-app.ts'

/** The engines that run; Electron's own list may hold one for a while that is gone. */
const enginePids = async (electron: ElectronApplication): Promise<readonly number[]> => {
  const listed = await electron.evaluate(({ app }) =>
    app.getAppMetrics().flatMap(({ name, pid }) => (name === 'Longshore engine' ? [pid] : [])),
  )
  return runningOf(listed)
}

test.describe('when only the engine dies', () => {
  test.use({ rate: 24 * mebibyte })

  test('another one goes on with the upload, and the person stays signed in', async ({
    folder,
    openSignedIn,
    services,
  }) => {
    const file = join(folder, 'scan.tif')
    await makeFile(file, 192 * mebibyte)
    const { electron, page } = await openSignedIn()
    await dropOn(page, [file])
    await expect.poll(() => services.witness.parts.some((part) => part.stored)).toBe(true)
    const first = await enginePids(electron)
    expect(first).toHaveLength(1)
    for (const pid of first) process.kill(pid, 'SIGKILL')
    await expect.poll(() => runningOf(first)).toEqual([])
    await expect(rowOf(page, 'scan.tif')).toHaveAttribute('data-state', 'completed', { timeout: 30_000 })
    await expect.poll(() => enginePids(electron)).toHaveLength(1)
    expect(await compareWithStore(await listedTransfers(page), [file], 1, services)).toMatchObject({ equal: true })
  })
})

test('quitting ends every process of the app, and the list is there again afterwards', async ({
  folder,
  openSignedIn,
}) => {
  await writeFile(join(folder, 'notes.txt'), 'notes')
  const first = await openSignedIn()
  await dropOn(first.page, [join(folder, 'notes.txt')])
  await expect(rowOf(first.page, 'notes.txt')).toHaveAttribute('data-state', 'completed')
  const pids = await enginePids(first.electron)
  expect(pids).toHaveLength(1)
  await first.quit()
  expect(await runningOf(pids)).toEqual([])
  const { page } = await openSignedIn()
  await expect(rowOf(page, 'notes.txt')).toHaveAttribute('data-state', 'completed')
})
