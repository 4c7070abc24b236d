import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { configFor, crc32Of, runningStore, type Store } from './running-broker.ts'
import { type SigningBroker, signingBroker, signingPurposes, uploaded, whole } from './signing-client.ts'

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
beforeEach(() => () => {
  for (const rule of store.emulator.faults.rules()) rule.remove()
  store.emulator.faults.set({ refuseFullObject: null, refuseConditions: false, ignoreChecksums: false })
})

const operation = 'CompleteMultipartUpload'
const done = { etag: expect.stringMatching(/-2$/), versionId: null, crc32: crc32Of(whole) }
/** The problem of a Complete: its code, and the fields that it names. */
const problemOf = async (asked: object) => {
  const { json } = await broker.post('/v1/uploads/complete', asked)
  return [json.code, ...(json.errors ?? []).map(({ path }: { path: string }) => path)]
}

describe('a Complete whose answer is lost', () => {
  it('is known to be done by what is stored', async () => {
    const { asked } = await uploaded(broker)
    store.emulator.faults.add({ match: { operation, times: 1 }, fault: { kind: 'loseAnswer' } })
    expect(await broker.complete(asked)).toEqual(done)
  })

  it('is known to be done also where the key was taken by it', async () => {
    const { asked } = await uploaded(broker)
    store.emulator.faults.add({
      match: { operation, times: 1 },
      fault: { kind: 'errorInBody', code: 'InternalError', afterWork: true },
    })
    expect(await broker.complete(asked)).toEqual(done)
  })

  it('is unclear where the store keeps no checksum of the whole', async () => {
    store.emulator.faults.set({ ignoreChecksums: true })
    const { asked } = await uploaded(broker)
    store.emulator.faults.add({ match: { operation, times: 1 }, fault: { kind: 'loseAnswer' } })
    expect(await problemOf({ ...asked, fullObject: false })).toEqual(['unclear'])
  })
})

describe('a Complete that is not done', () => {
  it('is done by the second try, where the store only stumbled', async () => {
    const { asked } = await uploaded(broker)
    store.emulator.faults.add({ match: { operation, times: 1 }, fault: { kind: 'errorInBody', code: 'InternalError' } })
    expect(await broker.complete(asked)).toEqual(done)
  })

  it('is unclear as long as the store does not say plainly what it did', async () => {
    const { asked } = await uploaded(broker)
    const rule = store.emulator.faults.add({ match: { operation }, fault: { kind: 'error', code: 'InternalError' } })
    expect(await problemOf(asked)).toEqual(['unclear'])
    rule.remove()
    const reset = store.emulator.faults.add({ match: { operation }, fault: { kind: 'reset' } })
    expect(await problemOf(asked)).toEqual(['unclear'])
    reset.remove()
    expect(await broker.complete(asked)).toEqual(done)
  })

  it('is never told as lost where an earlier try may have been done', async () => {
    const { asked } = await uploaded(broker)
    store.emulator.faults.add({ match: { operation, nth: 1 }, fault: { kind: 'reset' } })
    store.emulator.faults.add({ match: { operation, times: 1 }, fault: { kind: 'forgetUpload' } })
    expect(await problemOf(asked)).toEqual(['unclear'])
    expect(await problemOf(asked)).toEqual(['upload_lost'])
  })

  it('is a conflict where another write was under way', async () => {
    const { asked } = await uploaded(broker)
    store.emulator.faults.add({
      match: { operation, times: 1 },
      fault: { kind: 'error', code: 'ConditionalRequestConflict' },
    })
    expect(await problemOf(asked)).toEqual(['conflict'])
  })
})

describe('what the store refuses', () => {
  it.each([
    { code: 'AccessDenied', problem: 'store_denied' },
    { code: 'NoSuchBucket', problem: 'no_such_bucket' },
    { code: 'InvalidRequest', problem: 'store_refused' },
    { code: 'InvalidAccessKeyId', problem: 'unavailable' },
    { code: 'RequestTimeTooSkewed', problem: 'unavailable' },
  ])('is $problem where the store says $code', async ({ code, problem }) => {
    const object = await broker.object('multipart')
    const created = { ...object, contentType: 'image/tiff', metadata: {}, size: 1, fullObject: false }
    const match = { operation: 'CreateMultipartUpload' } as const
    store.emulator.faults.add({ match, fault: { kind: 'error', code } })
    expect(await broker.codeOf('create', created)).toBe(problem)
  })
})

describe('what a store cannot do', () => {
  it('is named, so that the client can do without it', async () => {
    const { faults } = store.emulator
    const object = await broker.object('multipart')
    const created = { ...object, contentType: 'image/tiff', metadata: {}, size: 1 }
    faults.set({ refuseFullObject: 'create' })
    expect(await broker.codeOf('create', { ...created, fullObject: true })).toBe('not_supported')
    expect(await broker.codeOf('create', { ...created, fullObject: false })).toBe('ok')

    faults.set({ refuseFullObject: null })
    const { asked } = await uploaded(broker)
    faults.set({ refuseFullObject: 'complete', refuseConditions: true })
    expect(await problemOf(asked)).toEqual(['not_supported', '/createOnly'])
    expect(await problemOf({ ...asked, createOnly: false })).toEqual(['not_supported', '/fullObject'])
    const parts = asked.parts.map((part) => ({ ...part, crc32: null }))
    faults.set({ refuseFullObject: null })
    expect(await problemOf({ ...asked, parts, createOnly: false, fullObject: false })).toEqual([undefined])
  })

  it('is not blamed where it is the broker that may not', async () => {
    const object = await broker.object('multipart')
    const created = { ...object, contentType: 'image/tiff', metadata: {}, size: 1, fullObject: true }
    const match = { operation: 'CreateMultipartUpload', times: 1 } as const
    store.emulator.faults.add({ match, fault: { kind: 'error', code: 'AccessDenied' } })
    expect(await broker.codeOf('create', created)).toBe('store_denied')
  })
})

it('a store that cannot be reached makes the broker unavailable, but it still signs', async () => {
  const config = configFor(store.emulator)
  const alone = await signingBroker({
    ...config,
    store: { ...config.store, endpoint: 'http://127.0.0.1:1' },
    purposes: signingPurposes,
  })
  onTestFinished(alone.close)
  const { asked } = await uploaded(broker)
  const { grant, key, uploadId } = asked
  const upload = { grant, key, uploadId }
  const created = { grant, key, contentType: 'image/tiff', metadata: {}, size: 1, fullObject: true }
  expect(await alone.codeOf('create', created)).toBe('unavailable')
  expect(await alone.codeOf('parts', upload)).toBe('unavailable')
  expect(await alone.codeOf('complete', asked)).toBe('unavailable')
  expect(await alone.codeOf('abort', upload)).toBe('unavailable')
  const part = { partNumber: 1, size: 1, crc32: 'AAAAAA==', md5: null }
  expect(await alone.codeOf('sign', { ...upload, parts: [part] })).toBe('ok')
})
