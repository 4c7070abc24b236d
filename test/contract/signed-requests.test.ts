import { describe, expect, test } from 'vitest'
import { value } from '../support/value.ts'
import { multipartKinds } from './differences.ts'
import { bodyOf, openSceneOf } from './scene.ts'
import { startUpload, uploadOf } from './uploading.ts'

const signedMultipart = multipartKinds.filter((kind) => kind !== 'session')

describe.each(signedMultipart)('A grant of the kind %s', (kind) => {
  test('may do nothing outside its prefix', async () => {
    const [mine, theirs] = [await openSceneOf(kind), await openSceneOf(kind)]
    const facts = theirs.facts('film.mov')
    const begun = await startUpload(await theirs.store(), facts)
    const part = await begun.send(1, Buffer.from('part'))

    const store = await mine.store()
    const foreign = uploadOf(store, begun.upload)
    const answers = [
      await store.putObject(facts, bodyOf(Buffer.from('mine'))),
      await store.createUpload(facts, 4),
      await foreign.trySend(2, Buffer.from('mine')),
      await foreign.list(),
      await foreign.complete([part]),
      await foreign.abort(),
    ]
    for (const answer of answers) {
      expect(answer).toMatchObject({ ok: false, failure: { kind: 'request_invalid', from: 'broker', unclear: false } })
    }
    expect(value(await begun.list()).parts).toHaveLength(1)
    await expect(theirs.object(facts.key)).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  test('goes on with an upload under a key of its own only by the id of that upload', async () => {
    const scene = await openSceneOf(kind)
    const store = await scene.store()
    const begun = await startUpload(store, scene.facts('film.mov'))
    const stranger = uploadOf(store, { key: scene.facts('other.mov').key, uploadId: begun.upload.uploadId })
    expect(await stranger.list()).toMatchObject({ ok: false, failure: { kind: 'upload_lost' } })
    expect(await stranger.trySend(1, Buffer.from('part'))).toMatchObject({
      ok: false,
      failure: { kind: 'upload_lost' },
    })
    expect(value(await begun.list()).parts).toEqual([])
  })
})

test('A grant of single requests sends nothing in parts', async () => {
  const scene = await openSceneOf('single_put')
  const answer = await (await scene.store()).createUpload(scene.facts('film.mov'), 4)
  expect(answer).toMatchObject({ ok: false, failure: { kind: 'store_refused', unclear: false } })
})
