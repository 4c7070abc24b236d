import { join } from 'node:path'
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { dropOn } from '../../scripts/drop-on.ts'
import { makeFile, mebibyte } from '../../scripts/files.ts'
import { listedTransfers } from '../../scripts/page-calls.ts'
import { compareWithStore } from '../../scripts/verdict.ts'
import { expect, rowOf, test } from '../support/electron-app.ts'

test.use({ rate: 24 * mebibyte })

const name = 'scan.tif'

test('a paused upload rests until it is resumed, also over a restart, and arrives whole', async ({
  folder,
  openSignedIn,
  services,
}) => {
  const file = join(folder, name)
  await makeFile(file, 160 * mebibyte)
  const first = await openSignedIn()
  await dropOn(first.page, [file])
  await expect(rowOf(first.page, name)).toHaveAttribute('data-activity', 'uploading')
  await expect.poll(() => services.witness.parts.some((part) => part.stored)).toBe(true)
  await rowOf(first.page, name).hover()
  await rowOf(first.page, name).getByRole('button', { name: 'Pause' }).click()
  await expect(rowOf(first.page, name)).toHaveAttribute('data-state', 'paused')
  await first.quit()

  const { page } = await openSignedIn()
  await expect(rowOf(page, name)).toHaveAttribute('data-state', 'paused')
  await rowOf(page, name).hover()
  await rowOf(page, name).getByRole('button', { name: 'Resume' }).click()
  await expect(rowOf(page, name)).toHaveAttribute('data-state', 'completed', { timeout: 30_000 })
  expect(await compareWithStore(await listedTransfers(page), [file], 1, services)).toMatchObject({ equal: true })
})

test('a canceled upload leaves nothing in the store', async ({ folder, openSignedIn, services }) => {
  await makeFile(join(folder, name), 192 * mebibyte)
  const { page } = await openSignedIn()
  await dropOn(page, [join(folder, name)])
  await expect.poll(() => services.witness.parts.some((part) => part.stored)).toBe(true)
  await page.getByRole('button', { name: `More for ${name}` }).click()
  // Only where a part is noted as stored the item ends in “…” and asks first: the store has it a moment before.
  await page.getByRole('menuitem', { name: 'Cancel upload…' }).click()
  const sure = page.getByRole('dialog').getByRole('button', { name: 'Cancel upload' })
  await sure.click()
  await expect(rowOf(page, name)).toHaveCount(0)
  const { Contents } = await services.s3.send(new ListObjectsV2Command({ Bucket: services.bucket }))
  expect(Contents ?? []).toEqual([])
  await expect
    .poll(async () => {
      const { Uploads } = await services.s3.send(new ListMultipartUploadsCommand({ Bucket: services.bucket }))
      return Uploads ?? []
    })
    .toEqual([])
})

test('"Pause all" holds everything and "Resume all" lets it go on', async ({ folder, openSignedIn }) => {
  await makeFile(join(folder, name), 192 * mebibyte)
  const { page } = await openSignedIn()
  await dropOn(page, [join(folder, name)])
  await expect(rowOf(page, name)).toHaveAttribute('data-activity', 'uploading')
  await page.getByRole('button', { name: 'Pause all' }).click()
  await expect(rowOf(page, name)).toHaveAttribute('data-activity', 'waiting')
  await page.getByRole('button', { name: 'Resume all' }).click()
  await expect(rowOf(page, name)).toHaveAttribute('data-state', 'completed', { timeout: 30_000 })
})
