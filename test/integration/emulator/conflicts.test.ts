import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { text } from 'node:stream/consumers'
import {
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { type Sent, sendSigned } from './signed-request.ts'
import { bucket, refusalOf, startTestEmulator, userOf } from './test-emulator.ts'

type Scene = Awaited<ReturnType<typeof startTestEmulator>>

/** Sends a request up to its body, lets something happen while the server waits for that, then sends the body. */
async function sendAround({ emulator }: Scene, sent: Sent, meanwhile: () => Promise<unknown>): Promise<string> {
  let signed: Sent = sent
  await sendSigned(emulator.endpoint, userOf(emulator), sent, {
    alter: (complete) => {
      signed = complete
      return { method: 'GET', path: '/' }
    },
  })
  const { hostname, port } = new URL(emulator.endpoint)
  const headers = { ...signed.headers, expect: '100-continue' }
  const request = httpRequest({ hostname, port, method: sent.method, path: sent.path, headers, agent: false })
  request.flushHeaders()
  await once(request, 'continue')
  await meanwhile()
  request.end(sent.body)
  const [response] = await once(request, 'response')
  return `${response.statusCode} ${/<Code>(\w+)</.exec(await text(response))?.[1]}`
}

const Key = 'key'
const freeKey = { 'if-none-match': '*' }

async function writeAndDelete({ s3 }: Scene): Promise<void> {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }))
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
}

test('A conditional PutObject whose key was deleted meanwhile is a conflict, to be sent again', async () => {
  await using scene = await startTestEmulator()
  const sent = { method: 'PUT', path: `/${bucket}/${Key}`, body: 'hello', headers: freeKey }
  expect(await sendAround(scene, sent, () => writeAndDelete(scene))).toBe('409 ConditionalRequestConflict')
  expect(await refusalOf(scene.s3.send(new HeadObjectCommand({ Bucket: bucket, Key })))).toMatchObject({ status: 404 })
  expect((await sendSigned(scene.emulator.endpoint, userOf(scene.emulator), sent)).status).toBe(200)
})

test('A conditional PutObject whose key was written meanwhile fails its condition', async () => {
  await using scene = await startTestEmulator()
  const sent = { method: 'PUT', path: `/${bucket}/${Key}`, body: 'hello', headers: freeKey }
  const write = () => scene.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'theirs' }))
  expect(await sendAround(scene, sent, write)).toBe('412 PreconditionFailed')
})

test('A conditional Complete whose key was deleted meanwhile is a conflict that ends the upload', async () => {
  await using scene = await startTestEmulator()
  const { UploadId } = await scene.s3.send(
    new CreateMultipartUploadCommand({ Bucket: bucket, Key, ChecksumAlgorithm: 'CRC32' }),
  )
  const part = { Bucket: bucket, Key, UploadId, PartNumber: 1 }
  const { ETag, ChecksumCRC32 } = await scene.s3.send(new UploadPartCommand({ ...part, Body: 'part' }))
  const named = `<PartNumber>1</PartNumber><ETag>${ETag}</ETag><ChecksumCRC32>${ChecksumCRC32}</ChecksumCRC32>`
  const sent = {
    method: 'POST',
    path: `/${bucket}/${Key}?uploadId=${UploadId}`,
    body: `<CompleteMultipartUpload><Part>${named}</Part></CompleteMultipartUpload>`,
    headers: freeKey,
  }
  expect(await sendAround(scene, sent, () => writeAndDelete(scene))).toBe('409 ConditionalRequestConflict')
  const list = scene.s3.send(new ListPartsCommand({ Bucket: bucket, Key, UploadId }))
  expect(await refusalOf(list)).toMatchObject({ code: 'NoSuchUpload' })
})

test('A part that arrives after its upload was aborted is lost, with its bytes', async () => {
  await using scene = await startTestEmulator()
  const { UploadId } = await scene.s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }))
  const path = `/${bucket}/${Key}?partNumber=1&uploadId=${UploadId}`
  const abort = () =>
    sendSigned(scene.emulator.endpoint, userOf(scene.emulator), {
      method: 'DELETE',
      path: `/${bucket}/${Key}?uploadId=${UploadId}`,
    })
  expect(await sendAround(scene, { method: 'PUT', path, body: 'part' }, abort)).toBe('404 NoSuchUpload')
})
