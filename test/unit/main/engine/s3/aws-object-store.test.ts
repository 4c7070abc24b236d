import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createAwsObjectStore, type StoreCredentials } from '../../../../../src/main/engine/s3/aws-object-store.ts'
import { createConnections } from '../../../../../src/main/engine/s3/connections.ts'
import { crc32Of } from '../../../../../src/main/engine/transfers/crc32.ts'
import { failed, ok, type Result } from '../../../../../src/shared/failure.ts'
import { destination } from '../../../../support/builders.ts'
import { bodyOf, localServer } from '../../../../support/local-server.ts'

const ever = new AbortController().signal
const bytes = Buffer.alloc(300_000, 'part ')
const body = { bytes, crc32: crc32Of(bytes), onSent: () => undefined }
const upload = { key: 'drops/1/a', uploadId: 'u' }
const facts = { key: 'drops/1/a', contentType: 'text/plain', metadata: { 'original-name': 'a' } }
const named = (accessKeyId: string): StoreCredentials => ({
  accessKeyId,
  secretAccessKey: 'secret',
  sessionToken: 'session',
  clockOffset: 0,
})

/** A store whose server answers as the test says, and the credentials that were asked for. */
async function harness(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  renewed: Result<StoreCredentials> = ok(named('second')),
) {
  const endpoint = await localServer(async (request, response) => {
    await bodyOf(request)
    answer(request, response)
  })
  const refused: string[] = []
  const connections = createConnections()
  onTestFinished(connections.close)
  const credentials = {
    current: async () => ok(named('first')),
    renew: async ({ accessKeyId }: StoreCredentials) => {
      refused.push(accessKeyId)
      return renewed
    },
  }
  const store = createAwsObjectStore(destination({ endpoint, addressing: 'path' }), credentials, connections)
  return { store, refused }
}
const errorXml = (code: string) => `<?xml version="1.0"?><Error><Code>${code}</Code><Message>m</Message></Error>`
const keyIdOf = ({ headers }: IncomingMessage) => /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1]

describe('an answer without what every S3 tells', () => {
  it.each([
    { call: 'an uploaded part without its ETag', ask: 'uploadPart' },
    { call: 'a new upload without its id', ask: 'createUpload' },
  ] as const)('$call is an unclear failure, not a defect', async ({ ask }) => {
    const { store } = await harness((_, response) => response.writeHead(200).end())
    const result =
      ask === 'createUpload' ? store.createUpload(facts) : store.uploadPart({ ...upload, partNumber: 1 }, body, ever)
    expect(await result).toMatchObject({ ok: false, failure: { kind: 'server', unclear: true } })
  })

  it('a page that is no list of parts does not pass for an empty list', async () => {
    const { store } = await harness((_, response) =>
      response.writeHead(200).end('<html>sign in to this network</html>'),
    )
    expect(await store.listParts(upload, ever)).toMatchObject({ ok: false, failure: { kind: 'server', unclear: true } })
  })

  it('an upload is only thrown away where the store says so', async () => {
    const { store } = await harness((_, response) =>
      response.writeHead(200).end('<html>sign in to this network</html>'),
    )
    expect(await store.abortUpload(upload)).toMatchObject({ ok: false, failure: { kind: 'server', unclear: true } })
  })

  it('an object without its ETag is told as one that must be asked for', async () => {
    const { store } = await harness((_, response) => response.writeHead(200).end())
    expect(await store.putObject(facts, body)).toEqual(ok({ etag: '', crc32: null, versionId: null }))
  })
})

describe('a part', () => {
  it('that the store acknowledges under another checksum is not acknowledged', async () => {
    const { store } = await harness((_, response) =>
      response.writeHead(200, { etag: '"e"', 'x-amz-checksum-crc32': 'AAAAAA==' }).end(),
    )
    expect(await store.uploadPart({ ...upload, partNumber: 1 }, body, ever)).toMatchObject({
      ok: false,
      failure: { kind: 'checksum_mismatch', unclear: false },
    })
  })

  it('on the wire ends with the signal, and that is no failure', async () => {
    const controller = new AbortController()
    const { store } = await harness(() => controller.abort())
    await expect(store.uploadPart({ ...upload, partNumber: 1 }, body, controller.signal)).rejects.toThrow(
      expect.objectContaining({ name: 'AbortError' }),
    )
  })

  it('tells how much of it has left, slice by slice, to its end', async () => {
    const sent: number[] = []
    const { store } = await harness((_, response) => response.writeHead(200, { etag: '"e"' }).end())
    const told = { ...body, onSent: (count: number) => sent.push(count) }
    expect(await store.uploadPart({ ...upload, partNumber: 1 }, told, ever)).toEqual(ok({ etag: 'e' }))
    expect(sent).toEqual([0, 131_072, 262_144, 300_000])
  })
})

describe('credentials that the store refuses', () => {
  it.each(['ExpiredToken', 'InvalidAccessKeyId', 'AccessDenied'])(
    '%s: are renewed once and the call repeated',
    async (code) => {
      const { store, refused } = await harness((request, response) => {
        if (keyIdOf(request) === 'second') response.writeHead(204).end()
        else response.writeHead(403).end(errorXml(code))
      })
      expect([await store.abortUpload(upload), refused]).toEqual([ok(null), ['first']])
    },
  )

  it('again after a renewal are the answer', async () => {
    const { store, refused } = await harness((_, response) => response.writeHead(403).end(errorXml('AccessDenied')))
    expect(await store.abortUpload(upload)).toMatchObject({ ok: false, failure: { kind: 'access_denied' } })
    expect(refused).toEqual(['first'])
  })

  it('and cannot be renewed: the broker’s word is the answer, and it is clear that nothing happened', async () => {
    const { store } = await harness(
      (_, response) => response.writeHead(403).end(errorXml('ExpiredToken')),
      failed('revoked', 'revoked'),
    )
    expect(await store.abortUpload(upload)).toEqual({
      ok: false,
      failure: { kind: 'revoked', detail: 'revoked', unclear: false, retryAfter: null },
    })
  })
})

it.each(['NoSuchUpload', 'NoSuchKey'])(
  'an upload that the store does not know (%s) is lost, and aborted',
  async (code) => {
    const { store } = await harness((_, response) => response.writeHead(404).end(errorXml(code)))
    expect(await store.listParts(upload, ever)).toMatchObject({ ok: false, failure: { kind: 'upload_lost' } })
    expect(await store.abortUpload(upload)).toEqual(ok(null))
  },
)
