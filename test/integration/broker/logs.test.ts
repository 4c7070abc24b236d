import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { expect, onTestFinished, test } from 'vitest'
import type { BrokerConfig } from '../../../src/broker/config/config.ts'
import { startEmulator } from '../../../src/emulator/start-emulator.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { clientOf, configFor, crc32Of, file } from './running-broker.ts'

const main = join(import.meta.dirname, '../../../src/broker/main.ts')
const webhookSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
const body = Buffer.from('hello world')
const crc32 = crc32Of(body)

/** A broker as operators run it, all that it writes, and a store with faults. */
const running = async () => {
  const folder = temporaryFolder()
  const emulator = await startEmulator({ directory: join(folder, 'store'), faults: true })
  onTestFinished(emulator.close)
  const owner = clientOf(emulator, emulator)
  onTestFinished(() => owner.destroy())
  await owner.send(new CreateBucketCommand({ Bucket: 'uploads' }))
  const config: BrokerConfig = {
    ...configFor(emulator),
    logLevel: 'debug',
    publicUrl: 'https://send.example',
    links: {},
    webhooks: [{ url: 'http://127.0.0.1:1/hook', secret: webhookSecret }],
    purposes: [
      { name: 'drop', label: 'Drop' },
      { name: 'single', label: 'Single', kind: 'single_request', invitations: true },
      { name: 'form', label: 'Form', kind: 'single_request', method: 'post' },
      { name: 'parts', label: 'Parts', kind: 'presigned_multipart' },
    ],
  }
  const path = join(folder, 'broker.json')
  writeFileSync(path, JSON.stringify(config))
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH, LONGSHORE_BROKER_CONFIG: path },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exit = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const written: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => void written.push(String(piece)))
  const { url } = JSON.parse((await createInterface(child.stdout)[Symbol.asyncIterator]().next()).value ?? '')
  const answers: unknown[] = []
  const post = async (path: string, request: object, token = 'token-of-one') => {
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(request),
    })
    const json = await answer.json()
    answers.push(json)
    return json
  }
  return {
    ...{ emulator, owner, url, post, answers },
    end: async () => {
      child.kill('SIGTERM')
      await exit
      return written.join('')
    },
  }
}

/** What in answers is a permission: texts of these fields, and what a signed address carries. */
const secretsIn = (answer: unknown): string[] => {
  if (typeof answer !== 'object' || answer === null) return []
  return Object.entries(answer).flatMap(([name, value]) => {
    if (typeof value !== 'string') return secretsIn(value)
    if (['grant', 'token', 'receipt', 'secretAccessKey', 'sessionToken', 'uploadId', 'link'].includes(name))
      return [value]
    if (/signature|security-token/i.test(name)) return [value]
    if (name !== 'url') return []
    const query = new URL(value).searchParams
    return ['X-Amz-Signature', 'X-Amz-Security-Token', 'uploadId'].flatMap((parameter) => query.get(parameter) ?? [])
  })
}

test('nothing that a broker writes in a full run holds a secret, and the audit has a line for each thing done', async () => {
  const { emulator, owner, url, post, answers, end } = await running()
  const named = (purpose: string) => ({ purpose, files: [file({ size: body.length, contentType: 'text/plain' })] })
  const facts = { contentType: 'text/plain', metadata: {} }

  const granted = await post('/v1/grants', named('drop'))
  await post('/v1/grants/renew', { grant: granted.grant })
  const key = granted.keys[0].key
  const writer = clientOf(emulator, granted.credentials)
  await writer.send(new PutObjectCommand({ Bucket: 'uploads', Key: key, Body: body, ChecksumCRC32: crc32 }))
  writer.destroy()
  const confirmed = await post('/v1/confirm', { grant: granted.grant, objects: [{ key, size: body.length, crc32 }] })
  expect(confirmed.objects[0].outcome).toBe('same')
  const link = await post('/v1/links', { key, proof: granted.grant, expiresIn: 60 })
  expect(link.url).toContain('X-Amz-Signature=')

  for (const purpose of ['single', 'form']) {
    const { grant, keys } = await post('/v1/grants', named(purpose))
    const signed = await post('/v1/uploads/put', {
      ...{ grant, key: keys[0].key, ...facts, size: body.length, crc32, md5: null, createOnly: false },
    })
    expect(signed.request.url).toContain('http')
  }
  const parts = await post('/v1/grants', named('parts'))
  const object = { grant: parts.grant, key: parts.keys[0].key }
  const { uploadId } = await post('/v1/uploads/create', { ...object, ...facts, size: body.length, fullObject: true })
  const part = { partNumber: 1, size: body.length, crc32, md5: null }
  const signed = await post('/v1/uploads/sign', { ...object, uploadId, parts: [part] })
  const { url: address, headers } = signed.parts[0].request
  const { status, headers: put } = await fetch(address, { method: 'PUT', headers, body })
  expect(status).toBe(200)
  await post('/v1/uploads/parts', { ...object, uploadId })
  const joined = { size: body.length, crc32, fullObject: true, createOnly: false }
  const etag = put.get('etag')?.replaceAll('"', '') ?? ''
  const completed = await post('/v1/uploads/complete', {
    ...object,
    uploadId,
    ...joined,
    parts: [{ partNumber: 1, etag, crc32 }],
  })
  expect(completed).toHaveProperty('etag')
  await post('/v1/uploads/abort', { ...object, uploadId })

  const invitation = await post('/v1/invitations', { purpose: 'single', expiresIn: 600, maxBytes: 100, maxFiles: 3 })
  const invited = await post('/v1/grants', named('single'), invitation.token)
  expect(invited).toHaveProperty('grant')
  await post('/v1/invitations/revoke', { token: invitation.token })
  await post('/v1/grants', named('single'), invitation.token)

  // refusals, with secrets in every place that a client might put them
  await post('/v1/grants/renew', { grant: `${granted.grant}x` })
  await post('/v1/grants/renew', { grant: granted.grant }, 'token-of-two')
  await post('/v1/grants/renew', { grant: granted.grant }, 'a-token-of-nobody')
  await post('/v1/grants', { ...named('drop'), [granted.grant]: granted.credentials.sessionToken })
  await post(`/v1/nowhere?access_token=token-of-one&uploadId=${uploadId}`, {})
  await post(`/v1/uploads/sign?X-Amz-Signature=${granted.grant}`, {})
  const raw = { method: 'POST', headers: { authorization: 'Bearer token-of-one', 'content-type': 'application/json' } }
  await fetch(`${url}/v1/grants`, { ...raw, body: `{"grant": "${granted.grant}` })
  // what AWS refuses, also in the middle of signing and completing
  for (const operation of ['GetFederationToken', 'CreateMultipartUpload'] as const)
    emulator.faults?.add({ match: { operation }, fault: { kind: 'error', code: 'AccessDenied' } })
  await post('/v1/grants', named('drop'))
  await post('/v1/uploads/create', { ...object, ...facts, size: 1, fullObject: false })
  await post('/v1/uploads/parts', { ...object, uploadId: `${uploadId}0` })
  for (const { Key } of (await owner.send(new ListObjectsV2Command({ Bucket: 'uploads' }))).Contents ?? [])
    await owner.send(new DeleteObjectCommand({ Bucket: 'uploads', Key }))
  await owner.send(new DeleteBucketCommand({ Bucket: 'uploads' }))
  await post('/v1/confirm', { grant: granted.grant, objects: [{ key, size: 1, crc32: null }] })
  await fetch(`${url}/readyz`)

  const output = await end()
  const fixed = [
    'token-of-one',
    'token-of-two',
    'a-token-of-nobody',
    emulator.secretAccessKey,
    webhookSecret,
    'a secret of the tests, 32 bytes long',
  ]
  const secrets = [...new Set([...fixed, ...answers.flatMap(secretsIn)])].filter((secret) => secret !== '')
  expect(secrets.length).toBeGreaterThan(20)
  for (const secret of secrets) expect(output.includes(secret), `a secret of ${secret.length} characters`).toBe(false)
  expect(output).not.toMatch(/Bearer |X-Amz-Signature=|eyJ/)

  const lines = output
    .trim()
    .split('\n')
    // Node itself warns in words
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
  const audits = lines.filter(({ audit }) => audit !== undefined)
  for (const { reqId, ip } of audits) expect([typeof reqId, ip]).toEqual(['string', '127.0.0.1'])
  const count = (event: string) => audits.filter(({ audit }) => audit.event === event).length
  expect({
    grant: count('grant'),
    renewal: count('renewal'),
    confirm: count('confirm'),
    link: count('link'),
    invitation: count('invitation'),
    invitation_revoked: count('invitation_revoked'),
  }).toEqual({ grant: 5, renewal: 1, confirm: 1, link: 1, invitation: 1, invitation_revoked: 1 })
  const codes = new Set(audits.flatMap(({ audit }) => (audit.event === 'refusal' ? [audit.code] : [])))
  expect([...codes].sort()).toEqual(
    expect.arrayContaining([
      'grant_invalid',
      'invalid_request',
      'not_found',
      'not_yours',
      'revoked',
      'unauthenticated',
      'unavailable',
    ]),
  )
}, 30_000)
