import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { dropOn } from '../../scripts/drop-on.ts'
import { listedTransfers } from '../../scripts/page-calls.ts'
import { answerDialog, expect, rowOf, test } from '../support/electron-app.ts'

test('a dropped folder is counted under the rules as they are typed, watched, paused, resumed and removed', async ({
  folder,
  openSignedIn,
}) => {
  const tree = join(folder, 'scans')
  await mkdir(join(tree, 'day 1', 'drafts'), { recursive: true })
  await writeFile(join(tree, 'notes.txt'), 'notes')
  await writeFile(join(tree, 'Thumbs.db'), 'thumbs')
  await writeFile(join(tree, 'day 1', 'drafts', 'first.txt'), 'draft')
  const { page } = await openSignedIn()

  await dropOn(page, [tree])
  await page.getByRole('button', { name: 'Keep watching…' }).click()
  const dialog = page.getByRole('dialog')
  await expect(dialog.getByText('2 files', { exact: true })).toBeVisible()
  await dialog.getByRole('tab', { name: 'Rules' }).click()
  await dialog.getByLabel('Ignore also').fill('drafts/')
  await expect(dialog.getByText('1 file', { exact: true })).toBeVisible()
  await dialog.getByRole('tab', { name: 'Ignored' }).click()
  await expect(dialog.getByRole('row', { name: 'Thumbs.db System files' })).toBeVisible()
  await dialog.getByLabel('Why is a file ignored?').fill(join(tree, 'day 1', 'drafts', 'first.txt'))
  await dialog.getByRole('button', { name: 'Find out' }).click()
  await expect(dialog.getByText('day 1/drafts/first.txt is ignored: Your rule drafts/')).toBeVisible()
  await dialog.getByRole('button', { name: 'Start watching' }).click()

  const card = page.getByRole('listitem', { name: 'scans' })
  await expect(card.locator('[data-count="uploaded"]')).toHaveText('1 uploaded')
  await card.getByRole('button', { name: 'Pause' }).click()
  await expect(card).toHaveAttribute('data-state', 'paused')
  await writeFile(join(tree, 'later.txt'), 'later')
  // a paused folder is looked through only now and then
  await expect(card.getByText('1 new file has appeared since; it waits here.')).toBeVisible({ timeout: 30_000 })
  await card.getByRole('button', { name: 'Resume' }).click()
  await expect(card.locator('[data-count="uploaded"]')).toHaveText('2 uploaded')

  await card.getByRole('button', { name: 'More for scans' }).click()
  await page.getByRole('menuitem', { name: 'Remove…' }).click()
  await dialog.getByRole('button', { name: 'Stop watching' }).click()
  await expect(page.getByRole('heading', { name: 'No folder is watched yet' })).toBeVisible()
  await page.getByRole('link', { name: 'Transfers' }).click()
  await expect(rowOf(page, 'later.txt')).toHaveAttribute('data-state', 'completed')
})

test('a link leads from a folder to its files that need a person, which go on once its options say how', async ({
  folder,
  services,
  openSignedIn,
}) => {
  const tree = join(folder, 'scans')
  await mkdir(tree)
  await writeFile(join(tree, 'notes.txt'), 'notes')
  const { electron, page } = await openSignedIn()
  await answerDialog(electron, [tree])
  await page.getByRole('link', { name: 'Folders' }).click()
  await page.getByRole('button', { name: 'Watch a folder…' }).click()
  await page.getByRole('button', { name: 'Start watching' }).click()
  const card = page.getByRole('listitem', { name: 'scans' })
  await expect(card.locator('[data-count="uploaded"]')).toHaveText('1 uploaded')

  const [sent] = await listedTransfers(page)
  const Key = sent?.key?.replace('notes.txt', 'taken.txt')
  await services.s3.send(new PutObjectCommand({ Bucket: services.bucket, Key, Body: 'of somebody else' }))
  await writeFile(join(tree, 'taken.txt'), 'ours')
  const link = card.getByRole('link', { name: '1 needs you' })
  await link.focus()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Needs you 1' })).toHaveAttribute('aria-pressed', 'true')
  await expect(rowOf(page, 'taken.txt')).toHaveAttribute('data-state', 'failed')
  await expect(rowOf(page, 'notes.txt')).toHaveCount(0)
  await expect(page.getByRole('main')).toBeFocused()

  await page.getByRole('link', { name: 'Folders' }).click()
  const more = card.getByRole('button', { name: 'More for scans' })
  await more.click()
  await page.getByRole('menuitem', { name: 'Rules and options…' }).click()
  await page.getByLabel('When S3 has another file by its name').selectOption('Keep both')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(more).toBeFocused()
  await expect(card.locator('[data-count="uploaded"]')).toHaveText('2 uploaded')
  await expect(link).toHaveCount(0)
})
