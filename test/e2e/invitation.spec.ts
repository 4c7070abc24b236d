import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { dropOn } from '../../scripts/drop-on.ts'
import { expect, test } from '../support/invitation-page.ts'

const MB = 1_000_000
/** Of the page. */
const partSize = 8 * 1024 * 1024
const rowOf = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name })
const drop = (page: Page, paths: readonly string[]) =>
  dropOn(page, paths, page.getByRole('button', { name: 'Choose files…' }))
const violations = async (page: Page) =>
  (await new AxeBuilder({ page }).analyze()).violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target }) => `${id}: ${target.join(' ')}`),
  )

test('what is dropped on the page arrives whole, without any account', async ({ service, guest, file }) => {
  const small = await file('notes.txt', 1_000)
  const large = await file('tape 1.wav', 20 * MB)
  const { address } = await service.invite({ note: 'The recordings of Tuesday, please.' })
  await guest.goto(address)
  await expect(guest.getByRole('heading', { name: 'Ada of Example Ltd invites you to send files' })).toBeVisible()
  await expect(guest.getByText('The recordings of Tuesday, please.')).toBeVisible()
  await expect(guest.getByText('Up to 20 files, together 1 GB')).toBeVisible()
  await drop(guest, [small.path, large.path])
  await expect(guest.getByRole('status')).toHaveText('All 2 files have arrived. You can close this page.')
  await expect(rowOf(guest, 'tape 1.wav')).toContainText('Arrived, and checked')
  expect(await service.objects()).toEqual({ 'notes.txt': small.digest, 'tape 1.wav': large.digest })
  expect(service.log.join('')).not.toContain(new URL(address).hash.slice(1))
})

for (const purpose of ['put', 'form']) {
  test(`files of a purpose of single requests arrive by ${purpose}`, async ({ service, guest, file }) => {
    const { path, digest } = await file('scan.tiff', 2 * MB)
    await guest.goto((await service.invite({ purpose })).address)
    await guest.locator('#some-files').setInputFiles(path)
    await expect(rowOf(guest, 'scan.tiff')).toContainText('Arrived, and checked')
    expect(await service.objects()).toEqual({ 'scan.tiff': digest })
  })
}

test.describe('over a slow way', () => {
  test.use({ bytesPerSecond: 8 * MB })

  test('a file goes on after a reload with the parts that are missing', async ({ service, guest, file }) => {
    const { path, digest } = await file('tape 1.wav', 50 * MB)
    const other = await file('tape 2.wav', MB)
    await guest.goto((await service.invite()).address)
    await guest.locator('#some-files').setInputFiles([path, other.path])
    await expect(rowOf(guest, 'tape 2.wav')).toContainText('Arrived')
    const bar = guest.getByRole('progressbar', { name: 'tape 1.wav' })
    await expect(bar).toHaveAttribute('aria-valuenow', /[1-9]\d/)
    guest.on('dialog', (dialog) => void dialog.accept())
    await guest.reload()

    await expect(rowOf(guest, 'tape 2.wav')).toContainText('Arrived')
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Choose the file again to go on')
    expect(await violations(guest)).toEqual([])
    const [, kept] = /([\d.]+)\sMB are stored/.exec((await rowOf(guest, 'tape 1.wav').textContent()) ?? '') ?? []
    const keptParts = Math.round((Number(kept) * MB) / partSize)
    expect(keptParts).toBeGreaterThan(0)
    const stored = () => service.store.faults?.served({ operation: 'UploadPart', stored: true }).length ?? 0
    const storedBefore = stored()
    const chooser = guest.waitForEvent('filechooser')
    await guest.getByRole('button', { name: 'Choose tape 1.wav again' }).click()
    await (await chooser).setFiles(path)
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Arrived, and checked')
    await expect(guest.getByRole('status')).toHaveText('All 2 files have arrived. You can close this page.')
    expect(await service.objects()).toEqual({ 'tape 1.wav': digest, 'tape 2.wav': other.digest })
    expect(stored() - storedBefore).toBe(Math.ceil((50 * MB) / partSize) - keptParts)
  })

  test('another file is not taken for the one that was begun', async ({ service, guest, file }) => {
    const begun = await file('tape 1.wav', 30 * MB)
    const other = await file('other.wav', 30 * MB)
    await guest.goto((await service.invite()).address)
    await guest.locator('#some-files').setInputFiles(begun.path)
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Sending')
    guest.on('dialog', (dialog) => void dialog.accept())
    await guest.reload()
    const chooser = guest.waitForEvent('filechooser')
    await guest.getByRole('button', { name: 'Choose tape 1.wav again' }).click()
    await (await chooser).setFiles(other.path)
    await expect(guest.getByRole('alert')).toContainText('other.wav is another file than the one that was begun')
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Choose the file again')
  })

  test('what is stored stays while the network is away, and the rest follows by itself', async ({
    service,
    guest,
    file,
  }) => {
    const { path, digest } = await file('tape 1.wav', 30 * MB)
    await guest.goto((await service.invite()).address)
    await guest.locator('#some-files').setInputFiles(path)
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Sending')
    await guest.context().setOffline(true)
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Waiting for the network')
    await guest.context().setOffline(false)
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Arrived, and checked')
    expect(await service.objects()).toEqual({ 'tape 1.wav': digest })
  })

  test('a file that is removed on the way leaves nothing in the store', async ({ service, guest, file }) => {
    const { path } = await file('tape 1.wav', 30 * MB)
    await guest.goto((await service.invite()).address)
    await guest.locator('#some-files').setInputFiles(path)
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Sending')
    const aborted = guest.waitForResponse(/uploads\/abort/)
    await guest.getByRole('button', { name: 'Remove tape 1.wav' }).click()
    expect((await aborted).status()).toBe(200)
    await expect(guest.getByRole('progressbar')).toHaveCount(0)
    expect(await service.objects()).toEqual({})
  })

  test('an invitation that is taken back ends what is under way, and cannot be opened again', async ({
    service,
    guest,
    file,
  }) => {
    const { path } = await file('tape 1.wav', 50 * MB)
    const { address, token } = await service.invite()
    await guest.goto(address)
    await guest.locator('#some-files').setInputFiles(path)
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Sending')
    await service.revoke(token)
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('This invitation was taken back.')
    await guest.reload()
    await expect(guest.getByRole('heading', { name: 'This invitation was taken back' })).toBeVisible()
    expect(await violations(guest)).toEqual([])
    expect(await service.objects()).toEqual({})
  })
})

test('files beyond what is left of an invitation are refused before a byte is sent', async ({
  service,
  guest,
  file,
}) => {
  const first = await file('first.bin', MB)
  const second = await file('second.bin', 2 * MB)
  await guest.goto((await service.invite({ maxBytes: 2.5 * MB, maxFiles: 3 })).address)
  await guest.locator('#some-files').setInputFiles(first.path)
  await expect(rowOf(guest, 'first.bin')).toContainText('Arrived')
  await guest.locator('#some-files').setInputFiles(second.path)
  await expect(guest.getByRole('alert')).toContainText(
    'This file is 2 MB, and 2 files with 1.5 MB are left of this invitation.',
  )
  await expect(rowOf(guest, 'second.bin')).toHaveCount(0)
  expect(Object.keys(await service.objects())).toEqual(['first.bin'])
})

test('a link that has ended, is not whole or is no invitation says so', async ({ service, guest }) => {
  const { address } = await service.invite({ expiresIn: 60 })
  const origin = new URL(address).origin
  await guest.goto(`${origin}/invite/`)
  await expect(guest.getByRole('heading', { name: 'This link is not complete' })).toBeVisible()
  await guest.goto(`${origin}/invite/#inv_nothing`)
  await expect(guest.getByRole('heading', { name: 'This link is not valid' })).toBeVisible()
  service.setClock(() => Date.now() + 61_000)
  await guest.goto(address)
  await expect(guest.getByRole('heading', { name: 'This invitation has ended' })).toBeVisible()
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the page has no accessibility violation in ${colorScheme}, and works by keys`, async ({
    service,
    guest,
    file,
  }) => {
    const { path } = await file('notes.txt', 1_000)
    await guest.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    await guest.goto((await service.invite({ note: 'Please.' })).address)
    await guest.getByRole('button', { name: 'Choose files…' }).waitFor()
    expect(await violations(guest)).toEqual([])
    const chooser = guest.waitForEvent('filechooser')
    await guest.keyboard.press('Tab')
    await guest.keyboard.press('Enter')
    await (await chooser).setFiles(path)
    await expect(rowOf(guest, 'notes.txt')).toContainText('Arrived')
    expect(await violations(guest)).toEqual([])
  })
}
