import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { SignedRequest } from '../../../src/shared/broker-uploads.ts'
import { configFor, crc32Of, runningStore, type Store } from './running-broker.ts'
import {
  answerTo,
  partSize,
  parts,
  type SigningBroker,
  signingBroker,
  signingPurposes,
  uploaded,
  whole,
} from './signing-client.ts'

const bytes = Buffer.from('hello world')
const day = 86_400_000

let store: Store
let broker: SigningBroker
beforeAll(async () => {
  store = await runningStore()
  broker = await signingBroker({ ...configFor(store.emulator), purposes: signingPurposes })
})
afterAll(async () => {
  await broker?.close()
  await store?.close()
})

/** One of each request, about an upload. */
const requestsOf = (
  upload: { grant: string; key: string; uploadId: string },
  { grant, key, ...asked }: { grant: string; key: string },
) => {
  const body = { size: bytes.length, crc32: crc32Of(bytes), md5: null }
  const facts = { contentType: 'image/tiff', metadata: {} }
  const object = { grant: upload.grant, key: upload.key }
  return [
    ['put', { ...object, ...facts, ...body, createOnly: false }],
    ['create', { ...object, ...facts, size: bytes.length, fullObject: true }],
    ['sign', { ...upload, parts: [{ partNumber: 1, ...body }] }],
    ['parts', upload],
    ['complete', { ...asked, ...upload }],
    ['abort', upload],
  ] as const
}

describe('time', () => {
  it('ends what was signed after 15 minutes', async () => {
    const own = await runningStore()
    onTestFinished(own.close)
    const signing = await signingBroker({ ...configFor(own.emulator), purposes: signingPurposes })
    onTestFinished(signing.close)
    const signed: SignedRequest[] = []
    for (const purpose of ['single', 'form']) {
      signed.push((await signing.signPut(await signing.object(purpose), bytes)).request)
    }
    const object = await signing.object('multipart')
    const upload = { ...object, ...(await signing.create(object, bytes.length)) }
    signed.push(await signing.signPart({ ...object, uploadId: upload.uploadId }, 1, bytes))
    own.wait(901_000)
    for (const request of signed) expect(await answerTo(request, bytes)).toBe('403 AccessDenied')
  })

  it('ends the grant itself, and so does the end of its purpose', async () => {
    let ahead = 0
    const config = { ...configFor(store.emulator), renewDays: 14 }
    const later = await signingBroker({ ...config, purposes: signingPurposes }, () => Date.now() + ahead)
    onTestFinished(later.close)
    const { upload, asked } = await uploaded(later)
    const without = await signingBroker({ ...config, purposes: signingPurposes.slice(0, 1) })
    onTestFinished(without.close)
    expect(await without.codeOf('complete', asked)).toBe('revoked')
    ahead = 14 * day
    for (const [path, body] of requestsOf(upload, asked)) {
      expect([path, await later.codeOf(path, body)]).toEqual([path, path === 'abort' ? 'ok' : 'deadline_passed'])
    }
  })
})

describe('a grant', () => {
  it('is good for keys of its own only', async () => {
    const { upload, asked } = await uploaded(broker)
    const mine = await broker.object('multipart')
    for (const key of [upload.key, `${mine.key.split('/').slice(0, -2).join('/')}/../x`, 'top.txt']) {
      for (const [path, body] of requestsOf({ ...upload, grant: mine.grant, key }, asked)) {
        expect([path, await broker.codeOf(path, body)]).toEqual([path, 'invalid_request'])
      }
    }
    expect((await broker.parts(upload)).parts).toHaveLength(2)
  })

  it('cannot reach an upload of another key by its id', async () => {
    const { upload, asked } = await uploaded(broker)
    const mine = { ...(await broker.object('multipart')), uploadId: upload.uploadId }
    expect(await broker.codeOf('parts', mine)).toBe('upload_lost')
    expect(await broker.codeOf('complete', { ...asked, ...mine })).toBe('upload_lost')
    expect(await broker.codeOf('abort', mine)).toBe('ok')
    expect(await answerTo(await broker.signPart(mine, 1, bytes), bytes)).toBe('404 NoSuchUpload')
    expect((await broker.parts(upload)).parts).toHaveLength(2)
  })

  it('is nobody else’s', async () => {
    const { upload, asked } = await uploaded(broker)
    for (const [path, body] of requestsOf(upload, asked)) {
      expect([path, await broker.codeOf(path, body, 'token-of-two')]).toEqual([path, 'not_yours'])
      expect(await broker.codeOf(path, body, 'nobody')).toBe('unauthenticated')
      expect(await broker.codeOf(path, { ...body, grant: 'forged' })).toBe('grant_invalid')
    }
  })

  it('can do what its kind can, and the rest is refused up front', async () => {
    const config = configFor(store.emulator)
    const all = await signingBroker({ ...config, purposes: [...signingPurposes, { name: 'drop', label: 'Drop' }] })
    onTestFinished(all.close)
    const { asked } = await uploaded(all)
    const codes = async (purpose: string) => {
      const upload = { ...(await all.object(purpose)), uploadId: 'any' }
      return Promise.all(requestsOf(upload, asked).map(([path, body]) => all.codeOf(path, body)))
    }
    const not = 'not_supported'
    expect(await codes('drop')).toEqual([not, not, not, not, not, not])
    expect(await codes('single')).toEqual(['ok', not, not, not, not, not])
  })
})

describe('the limits of a purpose', () => {
  it('hold for sizes and types, for each request', async () => {
    const limited = await signingBroker({
      ...configFor(store.emulator),
      purposes: signingPurposes.map((purpose) => ({ ...purpose, maxSize: whole.length, contentTypes: ['image/*'] })),
    })
    onTestFinished(limited.close)
    const { upload, asked } = await uploaded(limited)
    const single = await limited.object('single')
    const requests = new Map<string, object>(requestsOf(upload, asked))
    const codeOf = (path: string, more: object) => limited.codeOf(path, { ...requests.get(path), ...more })
    const size = whole.length + 1
    expect(await codeOf('put', { ...single, size })).toBe('too_large')
    expect(await codeOf('create', { size })).toBe('too_large')
    expect(await codeOf('sign', { parts: [{ partNumber: 1, size, crc32: 'AAAAAA==', md5: null }] })).toBe('too_large')
    expect(await codeOf('complete', { size })).toBe('too_large')
    const [other, none] = ['type_not_allowed', 'invalid_request']
    for (const [contentType, code] of [
      ['text/html', other],
      ['image', none],
      ['text/html;image/png', none],
      ['image/png,text/html', none],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: S3 puts the file's name in its place in a form
      ['image/${filename}', none],
    ]) {
      expect([contentType, await codeOf('put', { ...single, contentType })]).toEqual([contentType, code])
      expect([contentType, await codeOf('create', { contentType })]).toEqual([contentType, code])
    }
    expect(await codeOf('put', { ...single, contentType: 'IMAGE/png; a=b' })).toBe('ok')
  })

  it('keep parts that make more than they allow from being joined', async () => {
    const limited = await signingBroker({
      ...configFor(store.emulator),
      purposes: [{ name: 'multipart', label: 'Multipart', kind: 'presigned_multipart', maxSize: partSize }],
    })
    onTestFinished(limited.close)
    const object = await limited.object('multipart')
    const { uploadId } = await limited.create(object, partSize)
    const upload = { ...object, uploadId }
    for (const [index, part] of parts.entries()) await answerTo(await limited.signPart(upload, index + 1, part), part)
    const named = (await limited.parts(upload)).parts.map(({ partNumber, etag }) => ({ partNumber, etag, crc32: null }))
    const asked = { ...upload, crc32: null, parts: named, fullObject: false, createOnly: false }
    expect(await limited.codeOf('complete', { ...asked, size: whole.length })).toBe('too_large')
    expect(await limited.codeOf('complete', { ...asked, size: partSize })).toBe('invalid_part')
    expect(await limited.codeOf('complete', { ...asked, size: partSize, parts: named.slice(0, 1) })).toBe('ok')
  })
})
