import { GetObjectTaggingCommand } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { value } from '../support/value.ts'
import { kindsUnderTest, multipartKinds } from './differences.ts'
import { bodyOf, openSceneOf } from './scene.ts'
import { bucket } from './store-under-test.ts'
import { startUpload } from './uploading.ts'

const options = {
  tags: { project: 'a b+c', 'cost:centre': 'ü=1&2' },
  metadata: { origin: 'longshore' },
  storageClass: 'STANDARD',
}
const wanted = {
  metadata: { 'original-name': 'film.mov', origin: 'longshore' },
  tags: Object.entries(options.tags).map(([Key, Value]) => ({ Key, Value })),
}

type Scene = Awaited<ReturnType<typeof openSceneOf>>

async function seen({ s3, object }: Scene, key: string) {
  const { metadata } = await object(key)
  const { TagSet = [] } = await s3.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: key }))
  return { metadata, tags: TagSet.toSorted((one, other) => ((one.Key ?? '') < (other.Key ?? '') ? 1 : -1)) }
}

describe('An object gets what the operator wants besides what it is', () => {
  test.each(kindsUnderTest)('in one request by %s', async (kind) => {
    const scene = await openSceneOf(kind, options)
    const facts = scene.facts('film.mov')
    value(await (await scene.store()).putObject(facts, bodyOf(Buffer.from('film'))))
    expect(await seen(scene, facts.key)).toEqual(wanted)
  })

  test.each(multipartKinds)('in parts by %s', async (kind) => {
    const scene = await openSceneOf(kind, options)
    const facts = scene.facts('film.mov')
    const upload = await startUpload(await scene.store(), facts)
    await upload.complete([await upload.send(1, Buffer.from('film'))])
    const tags = scene.own.tagsInParts ? wanted.tags : []
    expect(await seen(scene, facts.key)).toEqual({ ...wanted, tags })
  })
})
