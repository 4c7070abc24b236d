import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../src/emulator/store/store.ts'
import { openDatabase } from '../../src/main/engine/db/database.ts'
import { crc32Of } from '../../src/main/engine/transfers/crc32.ts'
import { showing } from '../support/reliability.ts'
import { hold, only, queueFilms, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

const count = 10_000
const partSize = 1_000
const numbers = Array.from({ length: count }, (_, index) => index + 1)
/** What row and store know otherwise, among thousands of parts on which they agree. */
const onlyAtStore = 7_000
const onlyInRow = 9_990
const otherAtStore = 5_000
const inNeither = (partNumber: number) => partNumber > onlyInRow

test('a resume of 10,000 parts asks for at most 11 pages and sends just what row and store do not agree on', async ({
  task,
}) => {
  const shown = showing(task, {
    fault: 'engine stopped',
    moment: '9,990 of 10,000 parts sent',
    outcome: 'completed',
    least: 1,
  })
  await using lab = await startSmallLab()
  const path = join(lab.folder, 'film.mov')
  const bytes = randomBytes(count * partSize)
  await writeFile(path, bytes)
  const bytesOf = (partNumber: number) => bytes.subarray((partNumber - 1) * partSize, partNumber * partSize)

  const first = hold(lab, { operation: 'UploadPart' })
  const before = lab.engine(await queueFilms(lab, [path], { partSize }))
  await before.begin()
  await first.reached
  await before.stop()
  const { profile } = before
  const [{ uploadId } = { uploadId: '' }] = await lab.uploads()
  await lab.restartStore((folder) => storeParts(folder, uploadId, bytesOf))
  saveParts(profile, bytesOf)

  const engine = lab.engine(profile)
  await engine.begin()
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', verification: 'checksum' })
  const sent = lab.faults.served({ operation: 'UploadPart' }).map(({ partNumber }) => partNumber ?? 0)
  const missing = numbers.filter((number) => number === onlyAtStore || number === otherAtStore || number >= onlyInRow)
  expect(sent.toSorted((one, other) => one - other)).toEqual(missing)
  expect(lab.faults.served({ operation: 'ListParts' }).length).toBeLessThanOrEqual(11)
  shown.happened()
  await shown.ends(lab, [path])
})

/** Puts parts into an upload of a store that is stopped. */
async function storeParts(folder: string, uploadId: string, bytesOf: (partNumber: number) => Buffer): Promise<void> {
  const { buckets, data } = openStore(folder, false)
  const bucket = buckets.get('lab')
  for (const partNumber of numbers) {
    if (inNeither(partNumber) || partNumber === onlyInRow) continue
    const bytes = partNumber === otherAtStore ? bytesOf(1) : bytesOf(partNumber)
    const writer = await data.create()
    await writer.write(bytes)
    await writer.close()
    bucket?.savePart(uploadId, {
      partNumber,
      file: writer.file,
      size: bytes.length,
      etag: md5(bytes),
      checksum: { algorithm: 'CRC32', value: crc32Of(bytes) },
      lastModified: Date.now(),
    })
  }
}

/** Says in the one row of a profile without an engine that parts were acknowledged. */
function saveParts(profile: string, bytesOf: (partNumber: number) => Buffer): void {
  const database = value(openDatabase(profile))
  const insert = database.prepare(`
    INSERT INTO parts (transfer_id, part_number, size, etag, checksum, proof)
    SELECT id, ?, ?, ?, ?, 'checksum' FROM transfers`)
  database.transaction(() => {
    for (const partNumber of numbers) {
      if (inNeither(partNumber) || partNumber === onlyAtStore) continue
      const bytes = bytesOf(partNumber)
      insert.run(partNumber, bytes.length, md5(bytes), crc32Of(bytes))
    }
  })()
  database.close()
}

const md5 = (bytes: Buffer): string => createHash('md5').update(bytes).digest('hex')
