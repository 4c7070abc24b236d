import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { aboutBroker, createBrokerClient } from '../../../../../src/main/engine/broker/broker-client.ts'
import { type Problem, problemCodes } from '../../../../../src/shared/broker-api.ts'
import { type FailureKind, failed, ok } from '../../../../../src/shared/failure.ts'
import { destination, renewed } from '../../../../support/builders.ts'
import { certificates } from '../../../../support/certificates.ts'
import { bodyOf, deadAddress, localServer } from '../../../../support/local-server.ts'

const user = { token: 'secret', device: '5e0c4f0e-0a0e-4b5e-9d53-0c7c7a1f3b11' }
const about = { name: 'Example', serverTime: 5 }
const json = (status: number, body: unknown): RequestListener => {
  return (_, response) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
const askAbout = async (listener: RequestListener) => aboutBroker(await localServer(listener))

describe('a question to the broker', () => {
  it('is asked without a name where nobody is signed in', async () => {
    const heard: unknown[] = []
    const answer = await askAbout((request, response) => {
      heard.push([request.method, request.url, request.headers.authorization])
      json(200, about)(request, response)
    })
    expect([answer, heard]).toEqual([ok(about), [['GET', '/v1/about', undefined]]])
  })

  it('carries the person’s token, the device, and our clock when it left', async () => {
    const heard: unknown[] = []
    const grant = {
      grant: 'signed',
      destination: destination(),
      keys: [],
      credentials: renewed('first').value.credentials,
      serverTime: 5,
      renewUntil: 6,
    }
    const address = await localServer(async (request, response) => {
      const { authorization, 'content-type': type, 'longshore-device': device } = request.headers
      heard.push([request.method, request.url, authorization, device, type, JSON.parse(await bodyOf(request))])
      json(200, grant)(request, response)
    })
    const client = createBrokerClient(`${address}/below`, user, () => 42)
    const asked = { purpose: 'inbox', files: [] }
    expect(await client.grant(asked)).toEqual(ok({ value: grant, askedAt: 42 }))
    expect(heard).toEqual([['POST', '/below/v1/grants', 'Bearer secret', user.device, 'application/json', asked]])
  })

  it('about an upload goes to the place of that call, with the grant', async () => {
    const heard: unknown[] = []
    const listed = { parts: [{ partNumber: 1, size: 5, etag: 'e' }], abortAt: null }
    const address = await localServer(async (request, response) => {
      heard.push([request.method, request.url, JSON.parse(await bodyOf(request))])
      json(200, listed)(request, response)
    })
    const asked = { grant: 'signed', key: 'drops/1/a', uploadId: 'u' }
    expect(await createBrokerClient(address, user, () => 42).upload('parts', asked)).toEqual(ok(listed))
    expect(heard).toEqual([['POST', '/v1/uploads/parts', asked]])
  })

  it('makes an invitation, and takes it back by its token', async () => {
    const heard: unknown[] = []
    const invited = { id: 'i', link: 'https://send.example/invite/#inv_a', token: 'inv_a', expiresAt: 9, serverTime: 5 }
    const address = await localServer(async (request, response) => {
      heard.push([request.method, request.url, JSON.parse(await bodyOf(request))])
      json(200, invited)(request, response)
    })
    const client = createBrokerClient(address, user, () => 42)
    const asked = { purpose: 'inbox', note: '', expiresIn: 60, maxBytes: 1, maxFiles: 1 }
    expect(await client.invite(asked)).toEqual(ok({ value: invited, askedAt: 42 }))
    expect(await client.revokeInvitation('inv_a')).toEqual(ok({ id: 'i' }))
    expect(heard).toEqual([
      ['POST', '/v1/invitations', asked],
      ['POST', '/v1/invitations/revoke', { token: 'inv_a' }],
    ])
  })

  it.each(['http://store.example/inbox/a', 'file:///etc/passwd'])(
    'has no answer in a signed request to %s: bytes go only where they are safe on the way',
    async (url) => {
      const address = await localServer(
        json(200, { request: { method: 'PUT', url, headers: {} }, expiration: 9, serverTime: 5 }),
      )
      const asked = {
        ...{ grant: 'signed', key: 'drops/1/a', contentType: 'text/plain', metadata: {} },
        ...{ size: 1, crc32: 'AAAAAA==', md5: null, createOnly: true },
      }
      const answer = await createBrokerClient(address, user, () => 42).upload('put', asked)
      expect(answer).toEqual(failed('broker_answer_invalid', 'schema'))
    },
  )

  it('gets what it understands out of an answer that has grown', async () => {
    expect(await askAbout(json(200, { ...about, motto: 'new' }))).toEqual(ok(about))
  })

  it('has its answer when that is complete, though the broker does not close the connection', async () => {
    const body = JSON.stringify(about)
    const answer = await askAbout((_, response) => {
      response.writeHead(200, { 'content-length': body.length, connection: 'close' })
      response.write(body)
    })
    expect(answer).toEqual(ok(about))
  })
})

describe('an answer that is no answer', () => {
  it.each([
    { what: 'garbage', body: '\u0000\u0001{{{' },
    { what: 'a page', body: '<!doctype html><title>Sign in to the network</title>' },
    { what: 'nothing', body: '' },
    { what: 'null', body: 'null' },
    { what: 'another answer', body: '{"name":7}' },
  ])('$what with status 200', async ({ body }) => {
    const answer = await askAbout((_, response) => response.writeHead(200).end(body))
    expect(answer).toEqual(failed('broker_answer_invalid', 'schema'))
  })

  it('more than any answer can be', async () => {
    const answer = await askAbout((_, response) => {
      const piece = Buffer.alloc(1024 * 1024, ' ')
      const write = () => {
        while (!response.destroyed && response.write(piece));
        response.once('drain', write)
      }
      write()
    })
    expect(answer).toEqual(failed('broker_answer_invalid', 'too_large'))
  })

  it('a redirect, which would carry the token elsewhere', async () => {
    const visited: unknown[] = []
    const elsewhere = await localServer((request, response) => {
      visited.push(request.url)
      json(200, about)(request, response)
    })
    const answer = await askAbout((_, response) => response.writeHead(302, { location: elsewhere }).end())
    expect([answer, visited]).toMatchObject([{ ok: false, failure: { kind: 'broker_unreachable' } }, []])
  })

  it.each([
    { status: 401, kind: 'signed_out' },
    { status: 403, kind: 'broker_answer_invalid' },
    { status: 404, kind: 'broker_answer_invalid' },
    { status: 429, kind: 'broker_unreachable' },
    { status: 500, kind: 'broker_unreachable' },
    { status: 502, kind: 'broker_unreachable' },
    { status: 503, kind: 'broker_unreachable' },
  ] as const)('$status with a page of a proxy: $kind', async ({ status, kind }) => {
    const answer = await askAbout((_, response) => response.writeHead(status).end('<html></html>'))
    expect(answer).toEqual(failed(kind, String(status)))
  })
})

describe('a refusal of the broker', () => {
  const kinds: Readonly<Record<Problem['code'], FailureKind>> = {
    unauthenticated: 'signed_out',
    invalid_request: 'request_invalid',
    unknown_purpose: 'unknown_purpose',
    too_large: 'too_large',
    type_not_allowed: 'type_not_allowed',
    over_quota: 'over_quota',
    revoked: 'revoked',
    not_yours: 'not_yours',
    not_allowed: 'not_allowed',
    deadline_passed: 'deadline_passed',
    grant_invalid: 'revoked',
    too_many_requests: 'broker_unreachable',
    daily_limit: 'daily_limit',
    unavailable: 'broker_unreachable',
    not_found: 'broker_answer_invalid',
    upload_lost: 'upload_lost',
    exists: 'exists',
    conflict: 'conflict',
    invalid_part: 'invalid_part',
    checksum_mismatch: 'checksum_mismatch',
    not_supported: 'store_refused',
    absent: 'store_refused',
    unclear: 'server',
    store_denied: 'access_denied',
    no_such_bucket: 'no_such_bucket',
    store_refused: 'store_refused',
  }
  it.each(problemCodes)('%s has its meaning, whatever the status', async (code) => {
    const answer = await askAbout(json(400, { type: 'about:blank', title: 'T', status: 400, code }))
    expect(answer).toEqual(failed(kinds[code], code))
  })

  it('of a kind that we do not know is an answer that we cannot read', async () => {
    const answer = await askAbout(json(418, { type: 'about:blank', title: 'T', status: 418, code: 'teapot' }))
    expect(answer).toEqual(failed('broker_answer_invalid', '418'))
  })
})

describe('how long the broker wants to be left alone', () => {
  const date = 'Wed, 21 Oct 2026 07:28:00 GMT'
  const busy = (headers: Record<string, string>): RequestListener => {
    return (_, response) => response.writeHead(429, { date, ...headers }).end()
  }

  it.each([
    { what: 'seconds', wish: '120', retryAfter: 120_000 },
    { what: 'none', wish: '0', retryAfter: 0 },
    { what: 'a date, by the broker’s own clock', wish: 'Wed, 21 Oct 2026 07:29:30 GMT', retryAfter: 90_000 },
    { what: 'a date that is over', wish: 'Wed, 21 Oct 2026 07:00:00 GMT', retryAfter: 0 },
  ])('is said with a refusal: $what', async ({ wish, retryAfter }) => {
    expect(await askAbout(busy({ 'retry-after': wish }))).toEqual({
      ok: false,
      failure: { kind: 'broker_unreachable', detail: '429', retryAfter },
    })
  })

  it.each(['', 'soon', '-5', '1e3'])('is not said by %j', async (wish) => {
    expect(await askAbout(busy({ 'retry-after': wish }))).toEqual(failed('broker_unreachable', '429'))
  })

  it('is said with a problem too', async () => {
    const answer = await askAbout((request, response) => {
      response.setHeader('retry-after', '7')
      json(503, { type: 'about:blank', title: 'T', status: 503, code: 'unavailable' })(request, response)
    })
    expect(answer).toEqual({
      ok: false,
      failure: { kind: 'broker_unreachable', detail: 'unavailable', retryAfter: 7_000 },
    })
  })
})

describe('a certificate that this computer does not trust', () => {
  const { selfSigned, authority, signed, ended, ofAnotherName } = certificates
  const secureServer = async (cert: string): Promise<string> => {
    const server = createServer({ key: certificates.key, cert }, json(200, about)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    })
    return `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  }
  const trustTheAuthority = () => {
    const before = getCACertificates('default')
    setDefaultCACertificates([...before, authority])
    onTestFinished(() => setDefaultCACertificates(before))
  }

  it.each([
    { what: 'signed with its own key', cert: selfSigned, code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    { what: 'of an unknown authority', cert: signed, code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' },
    { what: 'of an authority that it names', cert: `${signed}\n${authority}`, code: 'SELF_SIGNED_CERT_IN_CHAIN' },
  ])('is told as that, and not as a broker that does not answer: $what', async ({ cert, code }) => {
    expect(await aboutBroker(await secureServer(cert))).toEqual(failed('certificate_untrusted', code))
  })

  it.each([
    { what: 'that has ended', cert: ended, code: 'CERT_HAS_EXPIRED' },
    { what: 'of another name', cert: ofAnotherName, code: 'ERR_TLS_CERT_ALTNAME_INVALID' },
  ])('is one of an authority that it trusts, $what', async ({ cert, code }) => {
    trustTheAuthority()
    expect(await aboutBroker(await secureServer(signed))).toEqual(ok(about))
    expect(await aboutBroker(await secureServer(cert))).toEqual(failed('certificate_untrusted', code))
  })
})

describe('a request whose way is gone', () => {
  it('ends at once, with its answer or without; the next one goes by another', async () => {
    const asked: Record<string, () => void> = {}
    let silent = true
    const address = await localServer((request, response) => {
      if (!silent) return json(200, { objects: [], serverTime: 5 })(request, response)
      if (request.url === '/v1/purposes') response.writeHead(200, { 'content-length': 1_000 }).write('{')
      asked[request.url ?? '']?.()
    })
    const paths = ['/v1/purposes', '/v1/grants', '/v1/grants/renew', '/v1/confirm']
    const heard = Promise.all(paths.map((path) => new Promise<void>((resolve) => (asked[path] = resolve))))
    let way = new AbortController()
    const client = createBrokerClient(
      address,
      user,
      () => 42,
      () => way.signal,
    )
    const confirm = () => client.confirm({ grant: 'signed', objects: [] })
    const answers = Promise.all([
      client.purposes(),
      client.grant({ purpose: 'inbox', files: [] }),
      client.renew('signed'),
      confirm(),
    ])
    await heard
    way.abort()
    way = new AbortController()
    const unreachable = { ok: false, failure: { kind: 'broker_unreachable' } }
    expect(await answers).toMatchObject(paths.map(() => unreachable))
    silent = false
    expect(await confirm()).toEqual(ok({ objects: [], serverTime: 5 }))
  })
})

describe('no answer', () => {
  it('as nobody listens', async () => {
    expect(await aboutBroker(await deadAddress())).toEqual(failed('broker_unreachable', 'ECONNREFUSED'))
  })

  it('as the connection breaks before it', async () => {
    const answer = await askAbout((request) => request.socket.destroy())
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'broker_unreachable' } })
  })

  it('as the connection breaks in the middle of it', async () => {
    const answer = await askAbout((_, response) => {
      response.writeHead(200, { 'content-length': 1_000 })
      response.write('{"name":', () => response.destroy())
    })
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'broker_unreachable' } })
  })
})
