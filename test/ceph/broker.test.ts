import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { expect, inject, it, onTestFinished } from 'vitest'
import type { BrokerConfig } from '../../src/broker/config/config.ts'
import type { Credentials } from '../../src/shared/broker-api.ts'
import { bucket as Bucket } from '../contract/store-under-test.ts'
import { clientOf, configFor, crc32Of, file, runningBroker } from '../integration/broker/running-broker.ts'

const store = inject('store')
const Body = Buffer.from('hello world')
const claimed = { size: Body.length, crc32: crc32Of(Body) }

/** A broker that hands out sessions of Ceph's role. */
const brokerOfRole = async (roleArn = store.roleArn ?? '') => {
  const { store: place, ...config } = configFor(store)
  const sts: BrokerConfig['sts'] = { endpoint: store.endpoint, roleArn }
  const broker = await runningBroker({ ...config, store: { ...place, bucket: Bucket }, sts })
  onTestFinished(broker.close)
  return broker
}
const s3 = (credentials: Credentials) => {
  const client = clientOf(store, credentials)
  onTestFinished(() => client.destroy())
  return client
}

it('a role’s session, and that of its renewal, write under the grant’s prefix and do nothing else', async () => {
  const broker = await brokerOfRole()
  const { grant, destination, keys, credentials } = await broker.grant()
  expect(destination.kind).toBe('assumed_role')
  const Key = keys[0]?.key
  const first = s3(credentials)
  const { UploadId } = await first.send(new CreateMultipartUploadCommand({ Bucket, Key }))
  const later = s3((await broker.renew(grant)).credentials)
  const { ETag } = await later.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body }))
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
  await later.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }))

  const denied = { name: 'AccessDenied' }
  for (const elsewhere of ['drops/elsewhere', destination.prefix.slice(0, -1), 'top.txt']) {
    await expect(later.send(new PutObjectCommand({ Bucket, Key: elsewhere, Body }))).rejects.toMatchObject(denied)
  }
  await expect(later.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject(denied)
})

it('objects are confirmed by their size, with an ETag without quotes, put in one request or in parts', async () => {
  const broker = await brokerOfRole()
  const { grant, keys, credentials } = await broker.grant([file(), file(), file()])
  const [put = '', joined = '', missing = ''] = keys.map(({ key }) => key)
  const client = s3(credentials)
  await client.send(new PutObjectCommand({ Bucket, Key: put, Body }))
  const upload = { Bucket, Key: joined }
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(upload))
  const { ETag } = await client.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body }))
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] }
  await client.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload }))

  const same = { outcome: 'same', versionId: null, crc32: null, receipt: expect.any(String) }
  expect(
    await broker.confirm(grant, [
      { key: put, ...claimed },
      { key: joined, ...claimed, crc32: null },
      { key: missing, ...claimed },
    ]),
  ).toEqual([
    { key: put, ...same, etag: expect.stringMatching(/^[0-9a-f]{32}$/) },
    { key: joined, ...same, etag: expect.stringMatching(/^[0-9a-f]{32}-1$/) },
    { key: missing, outcome: 'absent' },
  ])
  expect(await broker.confirm(grant, [{ key: joined, ...claimed, size: 1 }])).toEqual([
    { key: joined, outcome: 'different' },
  ])
})

it('a role that is not there makes the broker unavailable, and the log says why', async () => {
  const broker = await brokerOfRole('arn:aws:iam:::role/nobody')
  const answer = await broker.post('/v1/grants', { purpose: 'drop', files: [file()] })
  expect(answer).toMatchObject({ status: 503, json: { code: 'unavailable' } })
  expect(broker.lines.join('')).toContain('"operation":"AssumeRole"')
})
