import { PutObjectCommand } from '@aws-sdk/client-s3'
import { decodeJwt } from 'jose'
import { expect, inject, it, onTestFinished } from 'vitest'
import { linkResponseSchema } from '../../src/shared/broker-links.ts'
import { bucket as Bucket } from '../contract/store-under-test.ts'
import { clientOf, configFor, file, runningBroker } from '../integration/broker/running-broker.ts'

const store = inject('store')
const Body = Buffer.from('hello world')
const size = Body.length

/** A broker with links, and an object that was uploaded under a grant of it. */
const uploaded = async (name = 'scan.tiff') => {
  const { store: place, ...config } = configFor(store)
  const sts = { endpoint: store.endpoint, roleArn: store.roleArn ?? '' }
  const broker = await runningBroker({ ...config, store: { ...place, bucket: Bucket }, sts, links: {} })
  onTestFinished(broker.close)
  const { grant, keys, credentials } = await broker.grant([file({ name, size })])
  const key = keys[0]?.key ?? ''
  const client = clientOf(store, credentials)
  await client.send(new PutObjectCommand({ Bucket, Key: key, Body, ContentType: 'image/tiff' }))
  client.destroy()
  const [object] = await broker.confirm(grant, [{ key, size, crc32: null }])
  const receipt = object?.outcome === 'same' ? (object.receipt ?? '') : ''
  const link = async (request: object) =>
    linkResponseSchema.parse((await broker.post('/v1/links', { key, expiresIn: 60, proof: receipt, ...request })).json)
  return { grant, key, receipt, link }
}

it('a link reads the object under the name that was asked for, until somebody changes it', async () => {
  const { link } = await uploaded(`a+b c'(*)!?#%41é.txt`)
  const { url } = await link({ fileName: 'Grüße "an" dich.txt' })
  const answer = await fetch(url)
  expect([answer.status, await answer.text()]).toEqual([200, 'hello world'])
  expect(answer.headers.get('content-type')).toBe('image/tiff')
  expect(answer.headers.get('content-disposition')).toBe(
    `attachment; filename="Gr__e _an_ dich.txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%22an%22%20dich.txt`,
  )
  expect((await fetch(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=61'))).status).toBe(403)
  expect((await fetch(url.replace('attachment', 'inline'))).status).toBe(403)
})

it('a link for HEAD does not read, and one that ended does nothing', async () => {
  const { grant, link } = await uploaded()
  const { url } = await link({ method: 'HEAD', proof: grant })
  expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe(String(size))
  expect((await fetch(url)).status).toBe(403)

  const short = await link({ expiresIn: 1 })
  await expect.poll(async () => (await fetch(short.url)).status, { timeout: 10_000 }).toBe(403)
  expect(Date.now()).toBeGreaterThanOrEqual(short.expiration)
})

it('a receipt says what Ceph has', async () => {
  const { key, receipt } = await uploaded()
  expect(decodeJwt(receipt)).toMatchObject({
    ...{ sub: 'user-1', bucket: Bucket, key, size, crc32: null, versionId: null },
    etag: '5eb63bbbe01eeed093cb22bb8f5acdc3',
  })
})
