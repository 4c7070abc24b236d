import AxeBuilder from '@axe-core/playwright'
import type { Page } from '@playwright/test'
import { dropOn } from '../../scripts/drop-on.ts'
import type { Rule } from '../../src/emulator/faults/rule.ts'
import { expect, type Service, test } from '../support/invitation-page.ts'

const MB = 1_000_000
const day = 86_400_000
const rowOf = (page: Page, name: string) => page.getByRole('listitem').filter({ hasText: name })
const chooseFiles = (page: Page) => page.getByRole('button', { name: 'Choose files…' })
const drop = (page: Page, paths: readonly string[]) => dropOn(page, paths, chooseFiles(page))
/** As a person does it, who sees a button first: a page that is still opening takes no files. */
const choose = async (page: Page, ...paths: string[]) => {
  await chooseFiles(page).waitFor()
  await page.locator('#some-files').setInputFiles(paths)
}
/** The page's parts have 8 MiB: a file of 20 MB has three, and the third comes last. */
const holdPart = (partNumber: number): Rule => ({
  match: { operation: 'UploadPart', partNumber },
  fault: { kind: 'hold', when: 'before' },
})
const storedParts = ({ store }: Service) =>
  store.faults
    .served({ operation: 'UploadPart', stored: true })
    .map(({ partNumber }) => partNumber)
    .toSorted()
/** Until so many parts of a file are kept for another visit. */
const expectKept = (page: Page, parts: number) =>
  expect
    .poll(() =>
      page.evaluate(async () => {
        const opening = indexedDB.open('longshore-invitations')
        await new Promise((resolve) => opening.addEventListener('success', resolve))
        const sends = opening.result.transaction('sends').objectStore('sends').getAll()
        await new Promise((resolve) => sends.addEventListener('success', resolve))
        opening.result.close()
        return sends.result.map((send) => Object.keys(send.parts).length)
      }),
    )
    .toContain(parts)
/** The page warns whoever leaves while bytes are under way. */
const reload = async (page: Page) => {
  page.once('dialog', (dialog) => void dialog.accept())
  await page.reload()
}
const chooseAgain = async (page: Page, path: string) => {
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Choose tape 1.wav again' }).click()
  await (await chooser).setFiles(path)
}
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
    await choose(guest, path)
    await expect(rowOf(guest, 'scan.tiff')).toContainText('Arrived, and checked')
    expect(await service.objects()).toEqual({ 'scan.tiff': digest })
  })
}

test.describe('with a file that is under way', () => {
  test('it goes on after a reload with the parts that are missing', async ({ service, guest, file }) => {
    const { path, digest } = await file('tape 1.wav', 20 * MB)
    const other = await file('tape 2.wav', MB)
    const held = service.store.faults.add(holdPart(3))
    await guest.goto((await service.invite()).address)
    await choose(guest, path, other.path)
    await expect(rowOf(guest, 'tape 2.wav')).toContainText('Arrived')
    await expectKept(guest, 2)
    await expect(guest.getByRole('progressbar', { name: 'tape 1.wav' })).toHaveAttribute('aria-valuenow', '83')
    await reload(guest)
    await expect(rowOf(guest, 'tape 2.wav')).toContainText('Arrived')
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Choose the file again to go on. 16.8\u00a0MB are stored.')
    expect(await violations(guest)).toEqual([])
    held.remove()
    await chooseAgain(guest, path)
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Arrived, and checked')
    await expect(guest.getByRole('status')).toHaveText('All 2 files have arrived. You can close this page.')
    expect(await service.objects()).toEqual({ 'tape 1.wav': digest, 'tape 2.wav': other.digest })
    expect(storedParts(service)).toEqual([1, 2, 3])
  })

  test('each time that it goes on, its permission is good for longer', async ({ service, guest, file }) => {
    const { path, digest } = await file('tape 1.wav', 20 * MB)
    let grants = 0
    guest.on('request', (request) => {
      if (request.url().endsWith('/v1/grants')) grants += 1
    })
    const held = service.store.faults.add(holdPart(3))
    await guest.goto((await service.invite({ expiresIn: (365 * day) / 1_000 })).address)
    await choose(guest, path)
    await held.reached
    for (const [hits, days] of [
      [2, 10],
      [3, 20],
    ] as const) {
      service.moveClock(days * day)
      await reload(guest)
      await chooseAgain(guest, path)
      await held.reachedTimes(hits)
    }
    held.remove()
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Arrived, and checked')
    expect(await service.objects()).toEqual({ 'tape 1.wav': digest })
    expect(grants).toBe(1)
  })

  for (const [way, leave] of [
    ['after a reload', reload],
    ['on a page that stayed open', async () => {}],
  ] as const) {
    test(`it is sent from its beginning when it was left for too long, ${way}`, async ({ service, guest, file }) => {
      const { path, digest } = await file('tape 1.wav', 20 * MB)
      const begun = service.store.faults.add(holdPart(3))
      await guest.goto((await service.invite({ expiresIn: (365 * day) / 1_000 })).address)
      await choose(guest, path)
      await expectKept(guest, 2)
      service.moveClock(15 * day)
      await leave(guest)
      const anew = service.store.faults.add(holdPart(3))
      begun.remove()
      if (leave === reload) await chooseAgain(guest, path)
      await anew.reached
      await expect(rowOf(guest, 'tape 1.wav')).toContainText('Left for too long to go on. Sending from the beginning.')
      anew.remove()
      await expect(rowOf(guest, 'tape 1.wav')).toContainText('Arrived, and checked')
      expect(await service.objects()).toEqual({ 'tape 1.wav': digest })
    })
  }

  test('it says so when it was left for too long and no room is left to begin anew', async ({
    service,
    guest,
    file,
  }) => {
    const { path } = await file('tape 1.wav', 20 * MB)
    const other = await file('notes.txt', MB)
    const held = service.store.faults.add(holdPart(3))
    await guest.goto((await service.invite({ expiresIn: (365 * day) / 1_000, maxFiles: 2 })).address)
    await choose(guest, other.path, path)
    await held.reached
    service.moveClock(15 * day)
    await reload(guest)
    await chooseAgain(guest, path)
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('the invitation has no room to send it from the beginning')
  })

  test('another file is not taken for the one that was begun', async ({ service, guest, file }) => {
    const begun = await file('tape 1.wav', 20 * MB)
    const other = await file('other.wav', 20 * MB)
    const held = service.store.faults.add(holdPart(3))
    await guest.goto((await service.invite()).address)
    await choose(guest, begun.path)
    await held.reached
    await reload(guest)
    await chooseAgain(guest, other.path)
    await expect(guest.getByRole('alert')).toContainText('other.wav is another file than the one that was begun')
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Choose the file again')
  })

  test('what is stored stays while the network is away, and the rest follows by itself', async ({
    service,
    guest,
    file,
  }) => {
    const { path, digest } = await file('tape 1.wav', 30 * MB)
    const held = service.store.faults.add(holdPart(3))
    await guest.goto((await service.invite()).address)
    await choose(guest, path)
    await held.reached
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Sending')
    await guest.context().setOffline(true)
    held.remove()
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Waiting for the network')
    await guest.context().setOffline(false)
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('Arrived, and checked')
    expect(await service.objects()).toEqual({ 'tape 1.wav': digest })
  })

  test('it leaves nothing in the store when it is removed', async ({ service, guest, file }) => {
    const { path } = await file('tape 1.wav', 20 * MB)
    const held = service.store.faults.add(holdPart(3))
    await guest.goto((await service.invite()).address)
    await choose(guest, path)
    await held.reached
    const aborted = guest.waitForResponse(/uploads\/abort/)
    await guest.getByRole('button', { name: 'Remove tape 1.wav' }).click()
    expect((await aborted).status()).toBe(200)
    await expect(guest.getByRole('progressbar')).toHaveCount(0)
    expect(await service.objects()).toEqual({})
  })

  test('it ends when the invitation is taken back, which cannot be opened again', async ({ service, guest, file }) => {
    const { path } = await file('tape 1.wav', 20 * MB)
    const { address, token } = await service.invite()
    const held = service.store.faults.add(holdPart(3))
    await guest.goto(address)
    await choose(guest, path)
    await held.reached
    await service.revoke(token)
    held.remove()
    await expect(rowOf(guest, 'tape 1.wav')).toContainText('This invitation was taken back.')
    await guest.reload()
    await expect(guest.getByRole('heading', { name: 'This invitation was taken back' })).toBeVisible()
    expect(await violations(guest)).toEqual([])
    expect(await service.objects()).toEqual({})
  })
})

test('the page says what is left of the invitation as files arrive', async ({ service, guest, file }) => {
  const { path } = await file('notes.txt', 2_000)
  await guest.goto((await service.invite()).address)
  await chooseFiles(guest).waitFor()
  await expect(guest.getByText('of it used')).toHaveCount(0)
  await choose(guest, path)
  await expect(guest.getByText('1 file, 2\u00a0kB of it used')).toBeVisible()
})

test('files beyond what is left of an invitation are refused before a byte is sent', async ({
  service,
  guest,
  file,
}) => {
  const first = await file('first.bin', MB)
  const second = await file('second.bin', 2 * MB)
  await guest.goto((await service.invite({ maxBytes: 2.5 * MB, maxFiles: 3 })).address)
  await choose(guest, first.path)
  await expect(rowOf(guest, 'first.bin')).toContainText('Arrived')
  await choose(guest, second.path)
  await expect(guest.getByRole('alert')).toContainText(
    'This file is 2 MB, and 2 files with 1.5 MB are left of this invitation.',
  )
  await expect(rowOf(guest, 'second.bin')).toHaveCount(0)
  expect(Object.keys(await service.objects())).toEqual(['first.bin'])
})

test('a browser that lets the page keep nothing sends all the same', async ({ service, guest, file }) => {
  const { path, digest } = await file('notes.txt', 2_000)
  await guest.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException('denied', 'SecurityError')
    }
  })
  await guest.goto((await service.invite()).address)
  await choose(guest, path)
  await expect(rowOf(guest, 'notes.txt')).toContainText('Arrived, and checked')
  expect(await service.objects()).toEqual({ 'notes.txt': digest })
})

test('the page offers nothing before it can do it', async ({ service, guest }) => {
  await guest.addInitScript(() => {
    // what it keeps is never there
    IDBFactory.prototype.open = () => ({}) as IDBOpenDBRequest
  })
  await guest.goto((await service.invite()).address)
  await expect(guest.getByRole('heading', { name: 'Ada of Example Ltd invites you to send files' })).toBeVisible()
  await expect(chooseFiles(guest)).toBeHidden()
})

test('a link that has ended, is not whole or is no invitation says so', async ({ service, guest }) => {
  const { address } = await service.invite({ expiresIn: 60 })
  const origin = new URL(address).origin
  await guest.goto(`${origin}/invite/`)
  await expect(guest.getByRole('heading', { name: 'This link is not complete' })).toBeVisible()
  await guest.goto(`${origin}/invite/#inv_nothing`)
  await expect(guest.getByRole('heading', { name: 'This link is not valid' })).toBeVisible()
  service.moveClock(61_000)
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
    await chooseFiles(guest).waitFor()
    expect(await violations(guest)).toEqual([])
    const chooser = guest.waitForEvent('filechooser')
    await guest.keyboard.press('Tab')
    await guest.keyboard.press('Enter')
    await (await chooser).setFiles(path)
    await expect(rowOf(guest, 'notes.txt')).toContainText('Arrived')
    expect(await violations(guest)).toEqual([])
  })
}
