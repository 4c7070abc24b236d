import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from '../support/electron-app.ts'

test('a database of a newer app is said so, kept, and moved aside when the person starts fresh', async ({
  openApp,
  profile,
}) => {
  await mkdir(profile, { recursive: true })
  const path = join(profile, 'longshore.db')
  const newer = new Database(path)
  newer.pragma('user_version = 999')
  newer.exec("CREATE TABLE later (word TEXT) STRICT; INSERT INTO later VALUES ('kept')")
  newer.close()

  const { page } = await openApp()
  await expect(page.getByRole('heading', { name: 'This list was made by a newer Longshore' })).toBeVisible()
  await page.getByRole('button', { name: 'Start fresh' }).click()
  await expect(page.getByRole('heading', { name: 'Welcome to Longshore' })).toBeVisible()

  const aside = (await readdir(profile)).find((name) => /^longshore-.*\.db$/.test(name))
  const kept = new Database(join(profile, aside as string), { readonly: true })
  expect(kept.prepare('SELECT word FROM later').pluck().get()).toBe('kept')
  kept.close()
})

test('a damaged database is said so, and starting fresh deletes nothing', async ({ openApp, profile }) => {
  await mkdir(profile, { recursive: true })
  const damaged = 'this is no database '.repeat(1_000)
  await writeFile(join(profile, 'longshore.db'), damaged)

  const { page } = await openApp()
  await expect(page.getByRole('heading', { name: 'The list of transfers is damaged' })).toBeVisible()
  expect(await readFile(join(profile, 'longshore.db'), 'utf8')).toBe(damaged)
  await page.getByRole('button', { name: 'Start fresh' }).click()
  await expect(page.getByRole('heading', { name: 'Welcome to Longshore' })).toBeVisible()

  const aside = (await readdir(profile)).find((name) => /^longshore-.*\.db$/.test(name))
  expect(await readFile(join(profile, aside as string), 'utf8')).toBe(damaged)
})

test('a database that another engine holds is said so, is never moved aside, and is opened once that one has ended', async ({
  openApp,
  profile,
}) => {
  await mkdir(profile, { recursive: true })
  const other = new Database(join(profile, 'longshore.db'))
  other.pragma('locking_mode = EXCLUSIVE')
  other.exec('BEGIN EXCLUSIVE; CREATE TABLE held (word TEXT)')
  const { page } = await openApp()
  await expect(page.getByRole('heading', { name: 'Longshore is running already' })).toBeVisible()
  await expect(page.getByRole('button', { name: 'Start fresh' })).toHaveCount(0)
  other.close()
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByRole('heading', { name: 'Welcome to Longshore' })).toBeVisible()
  expect((await readdir(profile)).filter((name) => /^longshore-.*\.db$/.test(name))).toEqual([])
})
