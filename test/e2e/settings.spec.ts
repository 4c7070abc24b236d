import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { dropOn } from '../../scripts/drop-on.ts'
import { expect, rowOf, test } from '../support/electron-app.ts'

async function paintTheWeek(page: Page, level: string): Promise<void> {
  await page.getByRole('link', { name: 'Settings' }).click()
  for (const item of [`${level} all day`, 'Copy to Monday to Sunday']) {
    await page.getByRole('button', { name: 'All of Monday' }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }
  await page.getByRole('link', { name: 'Transfers' }).click()
}

test('a week without uploads holds a file, also over a restart, until the schedule lets it go', async ({
  folder,
  openSignedIn,
}) => {
  await writeFile(join(folder, 'notes.txt'), 'notes')
  const first = await openSignedIn()
  await paintTheWeek(first.page, 'No uploads')
  await dropOn(first.page, [join(folder, 'notes.txt')])
  await expect(rowOf(first.page, 'notes.txt')).toContainText('Waiting for your schedule')
  await first.quit()

  const { page } = await openSignedIn()
  await expect(rowOf(page, 'notes.txt')).toContainText('Waiting for your schedule')
  await page.getByRole('button', { name: 'Change schedule' }).click()
  await expect(page.getByText(/^Now: .*, no uploads\.$/)).toBeVisible()
  await paintTheWeek(page, 'Full speed')
  await expect(rowOf(page, 'notes.txt')).toHaveAttribute('data-state', 'completed')
})
