import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ListMultipartUploadsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { startPartWitness } from '../../../scripts/part-witness.ts'
import { usualPart } from '../../../src/main/engine/transfers/part-plan.ts'
import { startHeadless } from '../../support/headless.ts'
import { startLab } from '../../support/lab.ts'

const slots = 6
const parts = 16
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

test('an engine killed three times over brings one whole object, and sends nothing again but what was on the wire', async () => {
  let witness: Awaited<ReturnType<typeof startPartWitness>> | undefined
  const lab = await startLab({
    emulator: { bytesPerSecond: 60_000_000 },
    between: async (endpoint) => {
      witness = await startPartWitness(endpoint)
      return witness.endpoint
    },
  })
  if (witness === undefined) throw new Error('no witness')
  try {
    const path = join(lab.folder, 'film.mov')
    const bytes = randomBytes(parts * usualPart)
    await writeFile(path, bytes)
    const profile = join(lab.folder, 'profile')
    const start = (paths: readonly string[]) => startHeadless(lab, profile, paths)

    let named = [path]
    for (const share of [0.15, 0.4, 0.7]) {
      const engine = start(named)
      await engine.until(({ acknowledged, size }) => acknowledged >= share * size)
      await engine.kill()
      named = []
    }
    expect(await start([]).ended()).toBe(0)

    const { Contents = [] } = await lab.s3.send(new ListObjectsV2Command({ Bucket: lab.bucket }))
    expect(Contents.map(({ Size }) => Size)).toEqual([bytes.length])
    const object = await lab.object({ key: Contents[0]?.Key ?? '' })
    expect(sha256(object)).toBe(sha256(bytes))
    const { Uploads = [] } = await lab.s3.send(new ListMultipartUploadsCommand({ Bucket: lab.bucket }))
    expect(Uploads).toEqual([])
    const stored = witness.parts.filter((part) => part.stored).length
    expect(stored).toBeGreaterThanOrEqual(parts)
    expect(stored - parts).toBeLessThanOrEqual(3 * slots)
  } finally {
    await lab.close()
    await witness.close()
  }
}, 120_000)
