import {
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  PutBucketCorsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { expect, it } from 'vitest'
import { startEmulator } from '../../../src/emulator/start-emulator.ts'
import { bucket, refusalOf, startTestEmulator } from './test-emulator.ts'

const rule = {
  AllowedOrigins: ['https://*.example'],
  AllowedMethods: ['PUT'],
  AllowedHeaders: ['content-*', 'x-amz-checksum-crc32'],
  ExposeHeaders: ['ETag'],
  MaxAgeSeconds: 600,
}
const origin = 'https://send.example'
const asking = (headers: string, from = origin, method = 'PUT') => ({
  method: 'OPTIONS',
  headers: { origin: from, 'access-control-request-method': method, 'access-control-request-headers': headers },
})

it('tells the CORS rules of a bucket back, also after a restart, until they are deleted', async () => {
  await using test = await startTestEmulator()
  const get = new GetBucketCorsCommand({ Bucket: bucket })
  expect(await refusalOf(test.s3.send(get))).toMatchObject({ code: 'NoSuchCORSConfiguration', status: 404 })
  await test.s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }))
  expect((await test.s3.send(get)).CORSRules).toEqual([rule])
  await test.emulator.close()
  const again = await startEmulator({ directory: test.directory })
  const url = `${again.endpoint}/${bucket}/a`
  expect((await fetch(url, asking('content-type'))).status).toBe(200)
  await again.close()
})

it('lets a page of an allowed origin ask for what the rule allows, and no other', async () => {
  await using test = await startTestEmulator()
  const url = `${test.emulator.endpoint}/${bucket}/a`
  expect((await fetch(url, asking(''))).status).toBe(403)
  await test.s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }))

  const allowed = await fetch(url, asking('content-type, x-amz-checksum-crc32'))
  expect(allowed.status).toBe(200)
  expect(allowed.headers.get('access-control-allow-origin')).toBe(origin)
  expect(allowed.headers.get('access-control-allow-headers')).toBe('content-type, x-amz-checksum-crc32')
  expect(allowed.headers.get('access-control-max-age')).toBe('600')
  expect((await fetch(url, asking('x-amz-acl'))).status).toBe(403)
  expect((await fetch(url, asking('content-type', 'https://example.net'))).status).toBe(403)
  expect((await fetch(url, asking('content-type', origin, 'DELETE'))).status).toBe(403)

  await test.s3.send(new DeleteBucketCorsCommand({ Bucket: bucket }))
  expect((await fetch(url, asking('content-type'))).status).toBe(403)
})

it('exposes the headers of answers and of refusals to an allowed origin only', async () => {
  await using test = await startTestEmulator()
  await test.s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }))
  const url = await getSignedUrl(test.s3, new PutObjectCommand({ Bucket: bucket, Key: 'a' }))
  const put = (address: string, from: string) =>
    fetch(address, { method: 'PUT', headers: { origin: from }, body: 'hello' })
  const stored = await put(url, origin)
  expect(stored.status).toBe(200)
  expect(stored.headers.get('access-control-expose-headers')).toBe('ETag')
  expect(stored.headers.get('access-control-allow-origin')).toBe(origin)
  const refused = await put(url.replace(/Signature=.{4}/, 'Signature=0000'), origin)
  expect(refused.status).toBe(403)
  expect(refused.headers.get('access-control-allow-origin')).toBe(origin)
  expect((await put(url, 'https://example.net')).headers.get('access-control-allow-origin')).toBeNull()
})
