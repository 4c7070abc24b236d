import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { dropOn } from '../../scripts/drop-on.ts'
import { answerDialog, expect, rowOf, test } from '../support/electron-app.ts'

/** Legacy mode: the other one opens a page of its own, which Electron has not. */
async function violations(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).setLegacyMode().analyze()
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`))
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(colorScheme, () => {
    test('the first page has no accessibility violation', async ({ openApp }) => {
      const { page } = await openApp()
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.getByRole('heading', { name: 'Welcome to Longshore' }).waitFor()
      expect(await violations(page)).toEqual([])
    })

    test('the list, empty and with transfers, has no accessibility violation', async ({ folder, openSignedIn }) => {
      await writeFile(join(folder, 'notes.txt'), 'notes')
      const { page } = await openSignedIn()
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.getByText('Drop files or folders here').waitFor()
      expect(await violations(page)).toEqual([])
      await dropOn(page, [join(folder, 'notes.txt')])
      await expect(rowOf(page, 'notes.txt')).toHaveAttribute('data-state', 'completed')
      expect(await violations(page)).toEqual([])
    })

    test('watched folders and their dialogs have no accessibility violation', async ({ folder, openSignedIn }) => {
      const tree = join(folder, 'scans')
      await mkdir(tree)
      await writeFile(join(tree, 'Thumbs.db'), 'thumbs')
      const { electron, page } = await openSignedIn()
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await answerDialog(electron, [tree])
      await page.getByRole('link', { name: 'Folders' }).click()
      await page.getByRole('heading', { name: 'No folder is watched yet' }).waitFor()
      expect(await violations(page)).toEqual([])
      await page.getByRole('button', { name: 'Watch a folder…' }).click()
      await page.getByText('Counted just now').waitFor()
      for (const tab of ['Will upload', 'Ignored', 'Rules']) {
        await page.getByRole('tab', { name: tab }).click()
        expect(await violations(page)).toEqual([])
      }
      await page.getByRole('button', { name: 'Start watching' }).click()
      await page.getByText('Watching', { exact: true }).waitFor()
      expect(await violations(page)).toEqual([])
    })

    test('the settings have no accessibility violation', async ({ openSignedIn }) => {
      const { page } = await openSignedIn()
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await page.getByRole('link', { name: 'Settings' }).click()
      await page.getByText('Upload only on mains power').waitFor()
      expect(await violations(page)).toEqual([])
    })
  })
}
