import {
  AbortMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, GetCallerIdentityCommand, GetFederationTokenCommand } from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { waitFor } from '../../scripts/wait-for.ts'
import type { StoreCredentials } from '../../src/main/engine/s3/aws-client.ts'
import { ok } from '../../src/shared/failure.ts'
import { refusalOf } from '../integration/emulator/test-emulator.ts'
import { value } from '../support/value.ts'
import { bodyOf, openScene, type Scene } from './scene.ts'
import { bucket } from './store-under-test.ts'
import { startUpload, uploadOf } from './uploading.ts'

const denied = { code: 'AccessDenied', status: 403 }

describe('A session', () => {
  test('may do nothing outside its prefix', async () => {
    const [mine, theirs] = [openScene(), openScene()]
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
      expect(answer).toMatchObject({ ok: false, failure: { kind: 'access_denied', unclear: false } })
    }
    expect(value(await begun.list()).parts).toHaveLength(1)
    await expect(theirs.object(facts.key)).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  test('may not read, not even what it wrote', async () => {
    const scene = openScene()
    const session = await scene.session()
    const store = scene.storeWith({ current: async () => ok(session), renew: async () => ok(session) })
    const { key: Key } = scene.facts('film.mov')
    value(await store.putObject(scene.facts('film.mov'), bodyOf(Buffer.from('mine'))))
    const s3 = scene.s3As(session)
    expect(await refusalOf(s3.send(new GetObjectCommand({ Bucket: bucket, Key })))).toEqual(denied)
    expect((await refusalOf(s3.send(new HeadObjectCommand({ Bucket: bucket, Key })))).status).toBe(403)
    expect(await refusalOf(s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: scene.prefix })))).toEqual(denied)
  })

  test('goes on with an upload that an earlier one began', async () => {
    const scene = openScene()
    const facts = scene.facts('film.mov')
    const begun = await startUpload(await scene.store(), facts)
    const first = await begun.send(1, Buffer.alloc(5 * 1024 * 1024, 'first'))

    const resumed = uploadOf(await scene.store(), begun.upload)
    expect(value(await resumed.list()).parts).toEqual([{ partNumber: 1, size: first.size, etag: first.etag }])
    await resumed.complete([first, await resumed.send(2, Buffer.from('second'))])
    expect((await scene.object(facts.key)).size).toBe(first.size + 6)
  })

  test('that is over is renewed once, and the call repeated', async () => {
    const scene = openScene()
    const upload = await startUpload(await scene.store(), scene.facts('film.mov'))
    const short = await endedSession(scene, upload.upload)
    const refused: string[] = []
    const source = (renewed: typeof short) => ({
      current: async () => ok(short),
      renew: async ({ accessKeyId }: typeof short) => {
        refused.push(accessKeyId)
        return ok(renewed)
      },
    })
    const fresh = await scene.session()
    await uploadOf(scene.storeWith(source(fresh)), upload.upload).send(1, Buffer.from('part'))
    expect(value(await upload.list()).parts).toHaveLength(1)
    expect(refused).toEqual([short.accessKeyId])

    const inVain = await uploadOf(scene.storeWith(source(short)), upload.upload).list()
    expect(inVain).toMatchObject({ ok: false, failure: { ...scene.own.expired, unclear: false } })
    expect(refused).toEqual([short.accessKeyId, short.accessKeyId])
  })

  test('without the right to abort cannot, where the store knows that right', async () => {
    const scene = openScene()
    const { upload } = await startUpload(await scene.store(), scene.facts('film.mov'))
    const s3 = scene.s3As(await putOnly(scene))
    const abort = new AbortMultipartUploadCommand({ Bucket: bucket, Key: upload.key, UploadId: upload.uploadId })
    if (scene.own.abortWithPutAlone === null) await s3.send(abort)
    else expect(await refusalOf(s3.send(abort))).toEqual(scene.own.abortWithPutAlone)
  })

  test('that was never given is refused', async () => {
    const scene = openScene()
    const session = { ...(await scene.session()), sessionToken: 'garbage' }
    const store = scene.storeWith({ current: async () => ok(session), renew: async () => ok(session) })
    const answer = await store.createUpload(scene.facts('film.mov'), 4)
    expect(answer).toMatchObject({ ok: false, failure: { ...scene.own.garbage, unclear: false } })
  })
})

/** A session that the store does not take any more, though it was good for this upload. */
async function endedSession(
  scene: Scene,
  { key: Key, uploadId: UploadId }: { readonly key: string; readonly uploadId: string },
): Promise<StoreCredentials> {
  const session = await scene.session(1)
  const s3 = scene.s3As(session)
  const isOver = () =>
    s3.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId })).then(
      () => false,
      () => true,
    )
  await waitFor('the session to end', 10_000, isOver)
  return session
}

test('STS gives federation tokens, and says whose keys it is asked with, where it can', async () => {
  const { own, sts } = openScene()
  const asked = [
    () => sts.send(new GetFederationTokenCommand({ Name: 'person' })),
    () => sts.send(new GetCallerIdentityCommand()),
  ]
  for (const ask of asked) {
    if (own.otherSts === null) await ask()
    else expect(await refusalOf(ask())).toEqual(own.otherSts)
  }
})

/** A session that may put objects under the scene's prefix, and nothing else. */
async function putOnly({ prefix, sts, roleArn }: Scene): Promise<StoreCredentials> {
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${bucket}/${prefix}*` }],
  })
  const { Credentials: given } =
    roleArn === null
      ? await sts.send(new GetFederationTokenCommand({ Name: 'person', Policy }))
      : await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'person', Policy }))
  return {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
    clockOffset: 0,
  }
}
