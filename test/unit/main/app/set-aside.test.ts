import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { setAside } from '../../../../src/main/app/set-aside.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longshore-aside-'))
})
afterEach(() => rm(folder, { recursive: true }))

const now = Date.UTC(2025, 0, 31, 12, 30, 15)

test('the database and its journal are renamed together and keep their content', async () => {
  for (const suffix of ['', '-wal', '-shm']) await writeFile(join(folder, `longshore.db${suffix}`), `old${suffix}`)
  const aside = await setAside(join(folder, 'longshore.db'), now)
  expect(aside).toBe(join(folder, 'longshore-2025-01-31T12-30-15.000Z.db'))
  expect((await readdir(folder)).sort()).toEqual([
    'longshore-2025-01-31T12-30-15.000Z.db',
    'longshore-2025-01-31T12-30-15.000Z.db-shm',
    'longshore-2025-01-31T12-30-15.000Z.db-wal',
  ])
  expect(await readFile(`${aside}-wal`, 'utf8')).toBe('old-wal')
})

test('a database without a journal is enough', async () => {
  await writeFile(join(folder, 'longshore.db'), 'old')
  await setAside(join(folder, 'longshore.db'), now)
  expect(await readdir(folder)).toEqual(['longshore-2025-01-31T12-30-15.000Z.db'])
})
