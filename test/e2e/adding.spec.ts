import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dropOn } from '../../scripts/drop-on.ts'
import { listedTransfers } from '../../scripts/page-calls.ts'
import { compareWithStore } from '../../scripts/verdict.ts'
import { answerDialog, expect, rowOf, test } from '../support/electron-app.ts'

test('files chosen in the dialog arrive, the empty one and the one of a single byte too', async ({
  folder,
  openSignedIn,
  services,
}) => {
  const files = ['empty.txt', 'one.bin', 'Grüße 文 & co.txt'].map((name) => join(folder, name))
  await Promise.all(files.map((file, index) => writeFile(file, 'x'.repeat(index))))
  const { electron, page } = await openSignedIn()
  await answerDialog(electron, files)
  await page.getByRole('button', { name: 'Add files…' }).first().click()
  for (const name of ['empty.txt', 'one.bin', 'Grüße 文 & co.txt'])
    await expect(rowOf(page, name)).toHaveAttribute('data-state', 'completed')
  expect(await compareWithStore(await listedTransfers(page), files, files.length, services)).toMatchObject({
    equal: true,
  })
})

test('a folder chosen in the dialog brings all that is below it', async ({ folder, openSignedIn, services }) => {
  const tree = join(folder, 'survey')
  await mkdir(join(tree, 'day 1', 'raw'), { recursive: true })
  await writeFile(join(tree, 'notes.txt'), 'notes')
  await writeFile(join(tree, 'day 1', 'raw', 'scan.tif'), 'scan')
  const { electron, page } = await openSignedIn()
  await answerDialog(electron, [tree])
  await page.getByRole('button', { name: 'Add folder…' }).first().click()
  await expect(rowOf(page, 'notes.txt')).toHaveAttribute('data-state', 'completed')
  await expect(rowOf(page, 'scan.tif')).toHaveAttribute('data-state', 'completed')
  const transfers = await listedTransfers(page)
  expect(await compareWithStore(transfers, [tree], transfers.length, services)).toMatchObject({ equal: true })
})

test('a dialog that is closed adds nothing', async ({ openSignedIn }) => {
  const { electron, page } = await openSignedIn()
  await answerDialog(electron, [])
  await page.getByRole('button', { name: 'Add files…' }).first().click()
  await expect(page.getByText('Drop files or folders here')).toBeVisible()
  expect(await listedTransfers(page)).toEqual([])
})

test('a folder can be dropped to be uploaded once', async ({ folder, openSignedIn }) => {
  await mkdir(join(folder, 'survey'))
  await writeFile(join(folder, 'survey', 'notes.txt'), 'notes')
  const { page } = await openSignedIn()
  await dropOn(page, [join(folder, 'survey')])
  await page.getByRole('button', { name: 'Upload once' }).click()
  await expect(rowOf(page, 'notes.txt')).toHaveAttribute('data-state', 'completed')
})

test('a file that is gone says so on its row, and the others go on', async ({ folder, openSignedIn }) => {
  await writeFile(join(folder, 'here.txt'), 'here')
  const { electron, page } = await openSignedIn()
  await answerDialog(electron, [join(folder, 'gone.txt'), join(folder, 'here.txt')])
  await page.getByRole('button', { name: 'Add files…' }).first().click()
  await expect(rowOf(page, 'here.txt')).toHaveAttribute('data-state', 'completed')
  await expect(rowOf(page, 'gone.txt')).toHaveAttribute('data-state', 'failed')
})
