import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '../support/electron-app.ts'

test('a person types the broker address and the token, and is signed in', async ({ openApp, services, profile }) => {
  const { page, quit } = await openApp()
  await page.getByRole('textbox', { name: 'Broker address' }).fill(services.brokerUrl)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Token', { exact: true }).fill(services.token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Connected to Longshore demo')).toBeVisible()
  await expect(page.getByText('Drop files or folders here')).toBeVisible()

  // a running browser's files come and go
  await quit()
  const files = (await readdir(profile, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const contents = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))
  expect(contents.length).toBeGreaterThan(0)
  expect(contents.filter((content) => content.includes(services.token))).toEqual([])
})

test('a wrong token is refused in words, and the right one is taken afterwards', async ({ openApp, services }) => {
  const { page } = await openApp({ brokerUrl: services.brokerUrl })
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Token', { exact: true }).fill('not-the-token')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByLabel('Token', { exact: true })).toHaveAccessibleDescription(/\w+/)
  await page.getByLabel('Token', { exact: true }).fill(services.token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect(page.getByText('Connected to Longshore demo')).toBeVisible()
})

test('an address that is neither https nor on this computer is refused before anyone is asked', async ({ openApp }) => {
  const { page } = await openApp()
  const address = page.getByRole('textbox', { name: 'Broker address' })
  await address.fill('http://broker.example.com')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(address).toHaveAccessibleDescription(/https/)
  await expect(page.getByLabel('Token', { exact: true })).toHaveCount(0)
})

test('a broker that does not answer is said so, and the address can be mended', async ({ openApp, services }) => {
  const { page } = await openApp({ brokerUrl: 'http://127.0.0.1:1' })
  const address = page.getByRole('textbox', { name: 'Broker address' })
  await expect(address).toHaveValue('http://127.0.0.1:1')
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(address).toHaveAccessibleDescription(/broker/i)
  await address.fill(services.brokerUrl)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByLabel('Token', { exact: true })).toBeVisible()
})
