import { randomBytes } from 'node:crypto'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { smallestPart } from '../../src/main/engine/transfers/part-plan.ts'
import { value } from '../support/value.ts'
import { type KindUnderTest, multipartKinds } from './differences.ts'
import { bodyOf, openSceneOf } from './scene.ts'
import { bucket } from './store-under-test.ts'
import { startUpload } from './uploading.ts'

async function begun(kind: KindUnderTest) {
  const scene = await openSceneOf(kind)
  const store = await scene.store()
  const facts = scene.facts('film.mov')
  return { scene, store, facts, upload: await startUpload(store, facts) }
}

describe.each(multipartKinds)('Complete by %s', (kind) => {
  test('joins the parts into one object with the type and metadata of its start, and the upload is gone', async () => {
    const { scene, facts, upload } = await begun(kind)
    const pieces = [randomBytes(smallestPart), randomBytes(smallestPart + 1), randomBytes(100)]
    const sent = [await upload.send(2, pieces[1] as Buffer), await upload.send(7, pieces[2] as Buffer)]
    const parts = [await upload.send(1, pieces[0] as Buffer), ...sent]

    const answer = await upload.complete(parts)
    if (scene.own.complete !== null) {
      const verification = scene.own.complete
      expect(answer).toEqual({
        ok: true,
        value: { etag: expect.stringMatching(/^[0-9a-f]{32}-3$/), verification, versionId: null },
      })
    } else expect(answer).toMatchObject({ ok: false, failure: { kind: 'server', detail: 'etag', unclear: true } })
    expect(Object.fromEntries(scene.learned)).toEqual(scene.own.learned)

    const object = await scene.object(facts.key)
    const bytes = Buffer.concat(pieces)
    expect(object.bytes.equals(bytes)).toBe(true)
    expect(object).toMatchObject({ size: bytes.length, contentType: facts.contentType, metadata: facts.metadata })
    expect(await upload.list()).toMatchObject({ ok: false, failure: { kind: 'upload_lost' } })
  })

  test('once more, its answer being lost, changes nothing', async () => {
    const { scene, facts, upload } = await begun(kind)
    const parts = [await upload.send(1, Buffer.from('part'))]
    await upload.complete(parts)
    const again = await upload.complete(parts)
    const { completeAgain } = scene.own
    if (typeof completeAgain === 'string') {
      expect(again).toMatchObject({ ok: true, value: { verification: completeAgain } })
    } else expect(again).toMatchObject({ ok: false, failure: completeAgain })
    expect((await scene.object(facts.key)).bytes.toString()).toBe('part')
  })

  test('on a key that is taken leaves object and upload alone where the store can be asked that', async () => {
    const { scene, store, facts, upload } = await begun(kind)
    const parts = [await upload.send(1, Buffer.from('late'))]
    value(await store.putObject(facts, bodyOf(Buffer.from('early'))))
    const answer = await upload.complete(parts)
    const { bytes } = await scene.object(facts.key)
    if (scene.own.completeOnTaken === null) expect(bytes.toString()).toBe('late')
    else {
      expect(answer).toMatchObject({ ok: false, failure: { kind: scene.own.completeOnTaken, unclear: false } })
      expect(bytes.toString()).toBe('early')
      expect(value(await upload.list()).parts).toHaveLength(1)
    }
  })

  test('once more, another object having taken the key, does not bring the old one back', async () => {
    const { scene, facts, upload } = await begun(kind)
    const parts = [await upload.send(1, Buffer.from('part'))]
    await upload.complete(parts)
    await scene.s3.send(new PutObjectCommand({ Bucket: bucket, Key: facts.key, Body: 'other' }))
    expect(await upload.complete(parts)).toMatchObject({ ok: false, failure: scene.own.completeGone })
    expect((await scene.object(facts.key)).bytes.toString()).toBe('other')
  })

  test.each([
    { wrong: 'a part that was never sent', refusal: 'invalid_part' },
    { wrong: 'another ETag than the part has', refusal: 'invalid_part' },
    { wrong: 'a small part that is not the last', refusal: 'store_refused' },
  ] as const)('with $wrong is refused, and the upload lives on', async ({ wrong, refusal }) => {
    const { upload } = await begun(kind)
    const first = await upload.send(1, Buffer.from('first'))
    const second = await upload.send(2, Buffer.from('second'))
    const named = {
      'a part that was never sent': [{ ...first, partNumber: 3 }],
      'another ETag than the part has': [{ ...first, etag: second.etag }],
      'a small part that is not the last': [first, second],
    }
    expect(await upload.complete(named[wrong])).toMatchObject({ ok: false, failure: { kind: refusal, unclear: false } })
    expect(value(await upload.list()).parts).toHaveLength(2)
  })
})
