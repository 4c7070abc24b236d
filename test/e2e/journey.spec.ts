import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { dropOn } from '../../scripts/drop-on.ts'
import { makeFile, mebibyte } from '../../scripts/files.ts'
import { listedTransfers, queueStatus } from '../../scripts/page-calls.ts'
import { compareWithStore } from '../../scripts/verdict.ts'
import { expect, rowOf, test } from '../support/electron-app.ts'

test.use({ rate: 24 * mebibyte })

test('a dropped file survives SIGKILL at 40 % and arrives whole, and no part that was noted as stored is sent twice', async ({
  folder,
  profile,
  services,
  openSignedIn,
}) => {
  const file = join(folder, 'harbour film.mov')
  await makeFile(file, 192 * mebibyte + 1)

  const before = await openSignedIn()
  await dropOn(before.page, [file])
  await expect(rowOf(before.page, 'harbour film.mov')).toHaveAttribute('data-activity', 'uploading')
  await expect
    .poll(
      async () => {
        const queue = await queueStatus(before.page)
        return queue ? queue.acknowledged / queue.size : 0
      },
      { intervals: [50] },
    )
    .toBeGreaterThanOrEqual(0.4)
  await before.kill()
  const seen = services.witness.parts.length
  const saved = await savedParts(profile, folder)

  const after = await openSignedIn()
  await expect(rowOf(after.page, 'harbour film.mov')).toHaveAttribute('data-state', 'completed', { timeout: 30_000 })
  const verdict = await compareWithStore(await listedTransfers(after.page), [file], 1, services)
  expect(verdict).toMatchObject({ equal: true })

  const sentLate = services.witness.parts.slice(seen).map(({ partNumber }) => partNumber)
  expect(saved.length).toBeGreaterThanOrEqual(5)
  expect(sentLate.filter((partNumber) => saved.includes(partNumber))).toEqual([])
  expect([...saved, ...sentLate].toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 13 }, (_, index) => index + 1),
  )
})

/** The parts that the killed app had noted as stored, read from a copy so that what it left is left alone. */
async function savedParts(profile: string, folder: string): Promise<readonly number[]> {
  for (const suffix of ['', '-wal']) await cp(join(profile, `longshore.db${suffix}`), join(folder, `copy.db${suffix}`))
  const database = new Database(join(folder, 'copy.db'))
  const numbers = database.prepare('SELECT part_number FROM parts ORDER BY part_number').pluck().all()
  database.close()
  return numbers as number[]
}
