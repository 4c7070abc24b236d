import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Cipher, openVault } from '../../../../src/main/app/vault.ts'
import type { StoredSession } from '../../../../src/shared/session.ts'

const session: StoredSession = {
  brokerUrl: 'https://broker.example',
  brokerName: 'Example',
  token: 'a-secret-token',
  subject: 'ada',
  label: 'Ada',
  purposes: [{ name: 'drop', label: 'Drop' }],
}
const reversing: Cipher = {
  encrypt: async (text) => Buffer.from([...text].reverse().join('')),
  decrypt: async (encrypted) => [...encrypted.toString()].reverse().join(''),
}

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longshore-vault-'))
})
afterEach(() => rm(folder, { recursive: true }))
const file = () => join(folder, 'session.bin')

test('a kept session is there for the next start, encrypted and for this user only', async () => {
  await openVault(file(), reversing).keep(session)
  expect(await openVault(file(), reversing).load()).toEqual(session)
  expect(await readFile(file(), 'utf8')).not.toContain(session.token)
  expect((await stat(file())).mode & 0o777).toBe(0o600)
})

test('a forgotten session is gone from the disk', async () => {
  const vault = openVault(file(), reversing)
  await vault.keep(session)
  await vault.keep(null)
  expect(await vault.load()).toBeNull()
  expect(await readdir(folder)).toEqual([])
})

test('the last of two changes made at once is the one that stays', async () => {
  const vault = openVault(file(), reversing)
  await Promise.all([vault.keep(session), vault.keep(null)])
  expect(await vault.load()).toBeNull()
})

test('without a keychain nothing is written, and the vault says so', async () => {
  const vault = openVault(file(), null)
  await vault.keep(session)
  expect(vault.remembers).toBe(false)
  expect(await vault.load()).toBeNull()
  expect(await readdir(folder)).toEqual([])
})

test.each(['', 'not a session', '}{'])('a file that holds %j is like no session', async (content) => {
  await writeFile(file(), content)
  expect(await openVault(file(), reversing).load()).toBeNull()
})
