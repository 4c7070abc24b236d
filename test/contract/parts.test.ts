import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { crc32Of } from '../../src/main/engine/transfers/crc32.ts'
import { smallestPart } from '../../src/main/engine/transfers/part-plan.ts'
import { value } from '../support/value.ts'
import { type KindUnderTest, multipartKinds } from './differences.ts'
import { bodyOf, openSceneOf } from './scene.ts'
import { startUpload } from './uploading.ts'

const day = 86_400_000

async function begun(kind: KindUnderTest) {
  const scene = await openSceneOf(kind)
  const store = await scene.store()
  const facts = scene.facts('film.mov')
  return { scene, store, facts, upload: await startUpload(store, facts) }
}

describe.each(multipartKinds)('An upload by %s', (kind) => {
  test('tells when the lifecycle rule of its bucket takes it', async () => {
    const { scene, upload } = await begun(kind)
    const abortAt = upload.abortAt ?? 0
    expect(abortAt % day).toBe(0)
    expect(abortAt - Date.now()).toBeGreaterThan(7 * day - 60_000)
    expect(abortAt - Date.now()).toBeLessThanOrEqual(8 * day)
    expect(value(await upload.list())).toEqual({ parts: [], abortAt: scene.own.listTellsEnd ? abortAt : null })
  })

  test('lists its parts in order with the size and ETag of each, in whatever order they came', async () => {
    const { scene, upload } = await begun(kind)
    const third = await upload.send(3, randomBytes(3_000))
    const first = await upload.send(1, randomBytes(1_000))
    const last = await upload.send(10_000, randomBytes(10))
    expect(value(await upload.list()).parts).toEqual(
      [first, third, last].map(({ partNumber, size, etag }) => ({ partNumber, size, etag })),
    )
    expect([first, third, last].map(({ proof }) => proof)).toEqual(Array(3).fill(scene.own.proof))
  })

  test('lists more parts than one page holds, with gaps', async () => {
    const { upload } = await begun(kind)
    const numbers = Array.from({ length: 1_005 }, (_, index) => index * 2 + 1)
    const waiting = [...numbers]
    const sendSome = async () => {
      for (let number = waiting.pop(); number !== undefined; number = waiting.pop()) {
        await upload.send(number, Buffer.from(`part ${number}`))
      }
    }
    await Promise.all(Array.from({ length: 24 }, sendSome))
    const { parts } = value(await upload.list())
    expect(parts.map(({ partNumber, size }) => [partNumber, size])).toEqual(
      numbers.map((number) => [number, `part ${number}`.length]),
    )
  })

  test('keeps the last of the bytes that came under a part number', async () => {
    const { scene, facts, upload } = await begun(kind)
    await upload.send(1, Buffer.from('first'))
    const second = await upload.send(1, Buffer.from('second'))
    expect(value(await upload.list()).parts).toEqual([{ partNumber: 1, size: 6, etag: second.etag }])
    await upload.complete([second])
    expect((await scene.object(facts.key)).bytes.toString()).toBe('second')
  })

  test('is gone after Abort, which may be repeated, with all that comes later', async () => {
    const { scene, upload } = await begun(kind)
    const part = await upload.send(1, Buffer.from('part'))
    expect(await upload.abort()).toEqual({ ok: true, value: null })
    expect(await upload.abort()).toEqual({ ok: true, value: null })
    const gone = { ok: false, failure: { kind: 'upload_lost', unclear: false } }
    expect(await upload.list()).toMatchObject(gone)
    expect(await upload.list()).toMatchObject({ failure: { detail: expect.stringContaining(scene.own.goneInList) } })
    expect(await upload.trySend(2, Buffer.from('late'))).toMatchObject(gone)
    expect(await upload.complete([part])).toMatchObject({ ok: false, failure: scene.own.completeGone })
  })
})

describe.each(multipartKinds)('A part by %s', (kind) => {
  test('with the CRC32 of other bytes is refused where the store looks at it', async () => {
    const { scene, store, upload } = await begun(kind)
    const body = bodyOf(Buffer.from('these'), { crc32: crc32Of(Buffer.from('those')) })
    const answer = await store.uploadPart({ ...upload.upload, partNumber: 1 }, body, new AbortController().signal)
    if (scene.own.wrongCrc32 === null) expect(answer).toMatchObject({ ok: true, value: { proof: 'md5' } })
    else expect(answer).toMatchObject({ ok: false, failure: { kind: scene.own.wrongCrc32, unclear: false } })
  })

  test('whose bytes change on their way is refused, and the one that was there stays', async () => {
    const { store, upload } = await begun(kind)
    const before = await upload.send(1, Buffer.from('before'))
    const bytes = randomBytes(300_000)
    const flipped = bodyOf(bytes, { onSent: () => (bytes[200_000] = ~(bytes[200_000] ?? 0)) })
    const answer = await store.uploadPart({ ...upload.upload, partNumber: 1 }, flipped, new AbortController().signal)
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'checksum_mismatch', unclear: false } })
    expect(value(await upload.list()).parts).toEqual([{ partNumber: 1, size: 6, etag: before.etag }])
  })

  test('that is called off on the wire is not there', async () => {
    const { store, upload } = await begun(kind)
    const calling = new AbortController()
    const body = bodyOf(randomBytes(smallestPart), { onSent: (count) => count > 1_000_000 && calling.abort() })
    const sending = store.uploadPart({ ...upload.upload, partNumber: 1 }, body, calling.signal)
    await expect(sending).rejects.toMatchObject({ name: 'AbortError' })
    expect(value(await upload.list()).parts).toEqual([])
  })
})
