import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect, test, vi } from 'vitest'
import { crc32Of } from '../../src/main/engine/transfers/crc32.ts'
import { refusalOf } from '../integration/emulator/test-emulator.ts'
import { value } from '../support/value.ts'
import { kindsUnderTest } from './differences.ts'
import { bodyOf, openScene, openSceneOf } from './scene.ts'
import { bucket } from './store-under-test.ts'

describe.each(kindsUnderTest)('An object of one request by %s', (kind) => {
  test.each([0, 1, 300_000])('of %i bytes arrives whole, with its type and metadata', async (size) => {
    const scene = await openSceneOf(kind)
    const [facts, bytes] = [scene.facts('film.mov'), randomBytes(size)]
    const stored = value(await (await scene.store()).putObject(facts, bodyOf(bytes)))
    expect(stored).toEqual({
      etag: expect.stringMatching(/^[0-9a-f]{32}$/),
      verification: scene.own.verification,
      versionId: null,
    })
    expect(await scene.object(facts.key)).toEqual({
      bytes,
      size,
      contentType: facts.contentType,
      metadata: facts.metadata,
    })
  })

  test.each(['ein Film (1).mov', 'a+b%20c~d.txt', "it's=this&that;:@,!*$?", 'фильм 映画 🎬.mov', 'x'.repeat(980)])(
    'goes under its very key: %s',
    async (name) => {
      const scene = await openSceneOf(kind)
      const facts = { ...scene.facts(name), metadata: {} }
      value(await (await scene.store()).putObject(facts, bodyOf(Buffer.from(name))))
      expect((await scene.object(facts.key)).bytes.toString()).toBe(name)
    },
  )

  test('does not take the place of one that is there, where the store can be asked that', async () => {
    const scene = await openSceneOf(kind)
    const [store, facts] = [await scene.store(), scene.facts('film.mov')]
    value(await store.putObject(facts, bodyOf(Buffer.from('first'))))
    const second = await store.putObject(facts, bodyOf(Buffer.from('second')))
    const { bytes } = await scene.object(facts.key)
    if (scene.own.putOnTaken === null) expect([second.ok, bytes.toString()]).toEqual([true, 'second'])
    else {
      expect(second).toMatchObject({ ok: false, failure: { kind: scene.own.putOnTaken, unclear: false } })
      expect(bytes.toString()).toBe('first')
    }
  })

  test('with the CRC32 of other bytes is refused where the store looks at it', async () => {
    const scene = await openSceneOf(kind)
    const body = bodyOf(Buffer.from('these'), { crc32: crc32Of(Buffer.from('those')) })
    const answer = await (await scene.store()).putObject(scene.facts('film.mov'), body)
    if (scene.own.wrongCrc32 === null)
      expect(answer).toMatchObject({ ok: true, value: { verification: 'md5_of_parts' } })
    else expect(answer).toMatchObject({ ok: false, failure: { kind: scene.own.wrongCrc32, unclear: false } })
  })

  test('whose bytes change on their way is refused, or at least not called verified', async () => {
    const scene = await openSceneOf(kind)
    const [facts, bytes] = [scene.facts('film.mov'), randomBytes(300_000)]
    const flipped = bodyOf(bytes, { onSent: () => (bytes[200_000] = ~(bytes[200_000] ?? 0)) })
    const answer = await (await scene.store()).putObject(facts, flipped)
    if (scene.own.putChanged === null) {
      expect(answer).toMatchObject({ ok: true, value: { verification: 'size' } })
      return
    }
    expect(answer).toMatchObject({ ok: false, failure: { kind: scene.own.putChanged, unclear: false } })
    await expect(scene.object(facts.key)).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  test('is told as it leaves, byte by byte to its end', async () => {
    const scene = await openSceneOf(kind)
    const sent: number[] = []
    const body = bodyOf(randomBytes(300_000), { onSent: (count) => sent.push(count) })
    value(await (await scene.store()).putObject(scene.facts('film.mov'), body))
    expect([sent[0], sent.at(-1)]).toEqual([0, 300_000])
    expect(sent).toEqual(sent.toSorted((a, b) => a - b))
  })
})

test('An object is never a stream of unknown end, which not every store takes', async () => {
  const { own, s3, facts } = openScene()
  using _ = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const streamed = new PutObjectCommand({
    Bucket: bucket,
    Key: facts('film.mov').key,
    Body: Readable.from([Buffer.from('stream')]),
    ContentLength: 6,
  })
  if (own.streamedPut === null) await s3.send(streamed)
  else expect(await refusalOf(s3.send(streamed))).toEqual(own.streamedPut)
})
