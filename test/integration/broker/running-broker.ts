import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { CreateBucketCommand, PutObjectCommand, type PutObjectCommandInput, S3Client } from '@aws-sdk/client-s3'
import type { BrokerConfig } from '../../../src/broker/config/config.ts'
import { startBroker } from '../../../src/broker/start-broker.ts'
import { startEmulator } from '../../../src/emulator/start-emulator.ts'
import {
  type ConfirmRequest,
  type Credentials,
  confirmResponseSchema,
  type GrantFile,
  grantResponseSchema,
  renewResponseSchema,
} from '../../../src/shared/broker-api.ts'

/** Where S3 and STS are, and the owner's keys. */
type StoreAccess = {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** A store with a bucket in a folder of its own; `close` removes it. */
export const runningStore = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'longshore-broker-'))
  let ahead = 0
  const emulator = await startEmulator({
    directory,
    minSessionSeconds: 60,
    now: () => Date.now() + ahead,
    faults: true,
  })
  const owner = clientOf(emulator, emulator)
  await owner.send(new CreateBucketCommand({ Bucket: 'uploads' }))
  return {
    emulator,
    owner,
    /** Lets time pass in the store. Up to 15 minutes, then S3 refuses the clients' clocks. */
    wait: (milliseconds: number) => {
      ahead += milliseconds
    },
    close: async () => {
      owner.destroy()
      await emulator.close()
      await rm(directory, { recursive: true })
    },
  }
}
export type Store = Awaited<ReturnType<typeof runningStore>>

export const configFor = ({ endpoint, region, accessKeyId, secretAccessKey }: StoreAccess): BrokerConfig => ({
  port: 0,
  signingSecret: 'a secret of the tests, 32 bytes long',
  tokens: [
    { token: 'token-of-one', subject: 'user-1', label: 'One' },
    { token: 'token-of-two', subject: 'user-2', label: 'Two' },
  ],
  store: { bucket: 'uploads', region, endpoint, addressing: 'path' },
  sts: { endpoint },
  awsCredentials: { accessKeyId, secretAccessKey },
  purposes: [{ name: 'drop', label: 'Drop' }],
})

const withCredentials = <Answer extends { credentials: Credentials | null }>(answer: Answer) => {
  const { credentials } = answer
  if (credentials === null) throw new Error('a grant without credentials')
  return { ...answer, credentials }
}

/** A broker over HTTP, with what a client asks of it. */
export const runningBroker = async (config: BrokerConfig, now = Date.now) => {
  const lines: string[] = []
  const broker = await startBroker(config, { now, log: { write: (line) => lines.push(line) } })
  const post = async (path: string, body: object, token = 'token-of-one') => {
    const answer = await fetch(broker.url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return { status: answer.status, headers: answer.headers, json: await answer.json() }
  }
  return {
    ...broker,
    lines,
    post,
    /** A grant that carries credentials. */
    grant: async (files: GrantFile[] = [file()], token?: string) =>
      withCredentials(grantResponseSchema.parse((await post('/v1/grants', { purpose: 'drop', files }, token)).json)),
    renew: async (grant: string) =>
      withCredentials(renewResponseSchema.parse((await post('/v1/grants/renew', { grant })).json)),
    confirm: async (grant: string, objects: ConfirmRequest['objects']) =>
      confirmResponseSchema.parse((await post('/v1/confirm', { grant, objects })).json).objects,
  }
}
export type Broker = Awaited<ReturnType<typeof runningBroker>>
export type Granted = Awaited<ReturnType<Broker['grant']>>

/** An S3 client as an uploader would make it: without retries, so that a refusal is seen at once. */
export const clientOf = (
  { endpoint, region }: { endpoint: string; region: string },
  {
    accessKeyId,
    secretAccessKey,
    sessionToken,
  }: Partial<Credentials> & { accessKeyId: string; secretAccessKey: string },
): S3Client =>
  new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
  })

export const file = (overrides: Partial<GrantFile> = {}): GrantFile => ({
  id: crypto.randomUUID(),
  name: 'scan.tiff',
  size: 11,
  ...overrides,
})

/** The bytes of a `file()`. */
export const fileBytes = Buffer.from('hello world')

/** Puts the files of a grant, as whoever holds its credentials would. */
export const putFiles = async (
  { emulator }: Store,
  { keys, credentials }: Granted,
  object: Partial<PutObjectCommandInput> = {},
) => {
  const client = clientOf(emulator, credentials)
  for (const { key } of keys) {
    await client.send(new PutObjectCommand({ Bucket: 'uploads', Key: key, Body: fileBytes, ...object }))
  }
  client.destroy()
}

/** As S3 writes a CRC32: base64 of four bytes, big-endian. */
export const crc32Of = (bytes: Buffer): string => {
  const value = Buffer.alloc(4)
  value.writeUInt32BE(crc32(bytes))
  return value.toString('base64')
}
