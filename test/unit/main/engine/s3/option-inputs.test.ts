import { describe, expect, it } from 'vitest'
import { bytes, crc32, ever, facts, finished, objectStore, part, stored } from './object-store-harness.ts'
import { errorAnswer } from './scripted-store.ts'

const body = { bytes, crc32, onSent: () => undefined }
const day = 86_400_000
const created = {
  status: 200,
  body: '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
}

/** What a store is sent at the start of an object, in one request and in parts. */
async function headersWith(options: Parameters<typeof objectStore>[2]) {
  const { store, received } = await objectStore(
    ({ method }) => (method === 'PUT' ? stored('e', crc32) : created),
    {},
    options,
  )
  await store.putObject(facts, body)
  await store.createUpload(facts, bytes.length)
  return received.map(({ headers }) => headers)
}

describe('what the operator wants of an object', () => {
  it.each([
    { options: { encryption: { by: 's3' } }, headers: { 'x-amz-server-side-encryption': 'AES256' } },
    { options: { encryption: { by: 'kms', keyId: null } }, headers: { 'x-amz-server-side-encryption': 'aws:kms' } },
    {
      options: { encryption: { by: 'kms', keyId: 'key-1' } },
      headers: { 'x-amz-server-side-encryption': 'aws:kms', 'x-amz-server-side-encryption-aws-kms-key-id': 'key-1' },
    },
    { options: { storageClass: 'GLACIER_IR' }, headers: { 'x-amz-storage-class': 'GLACIER_IR' } },
    {
      options: { tags: { project: 'a b', 'x&y': 'ü=1' } },
      headers: { 'x-amz-tagging': 'project=a%20b&x%26y=%C3%BC%3D1' },
    },
    { options: { legalHold: true }, headers: { 'x-amz-object-lock-legal-hold': 'ON' } },
    {
      options: { metadata: { origin: 'longshore', 'original-name': 'theirs' } },
      headers: { 'x-amz-meta-origin': 'longshore', 'x-amz-meta-original-name': 'theirs' },
    },
  ] as const)('$options is asked for when it begins, in one request or in parts', async ({ options, headers }) => {
    expect(await headersWith(options)).toMatchObject([headers, headers])
  })

  it('locks it for so many days from now on', async () => {
    const before = Date.now()
    const sent = await headersWith({ objectLock: { mode: 'COMPLIANCE', days: 30 } })
    expect(sent).toHaveLength(2)
    for (const headers of sent) {
      expect(headers['x-amz-object-lock-mode']).toBe('COMPLIANCE')
      const until = Date.parse(String(headers['x-amz-object-lock-retain-until-date'])) - 30 * day
      // the header has no milliseconds
      expect(until).toBeGreaterThan(before - 1_000)
      expect(until).toBeLessThanOrEqual(Date.now())
    }
  })

  it('adds nothing where it is nothing', async () => {
    const names = (await headersWith({})).flatMap((headers) => Object.keys(headers))
    expect(names.filter((name) => /encryption|storage-class|tagging|lock/.test(name))).toEqual([])
  })
})

describe('a key that must be free by the operator’s wish', () => {
  const notImplemented = () => errorAnswer(501, 'NotImplemented')

  it.each(['put', 'complete'] as const)('is never written without asking the store to look: %s', async (write) => {
    const { store, received, learned } = await objectStore(
      notImplemented,
      { conditional_writes: false },
      { createOnly: true },
    )
    const answer = await (write === 'put' ? store.putObject(facts, body) : store.completeUpload(finished))
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'store_refused' } })
    expect(new Set(received.map(({ headers }) => headers['if-none-match']))).toEqual(new Set(['*']))
    expect(learned()).toEqual({ conditional_writes: false })
  })
})

it('an ETag under a key of its own is not called an MD5', async () => {
  const kms = { encryption: { by: 'kms', keyId: null } } as const
  const { store } = await objectStore(() => stored('e', crc32), {}, kms)
  expect(store.etagsAreMd5).toBe(false)
  expect(await store.uploadPart(part, body, ever)).toMatchObject({ ok: true, value: { proof: 'checksum' } })
  expect((await objectStore(() => stored('e'))).store.etagsAreMd5).toBe(true)
})
