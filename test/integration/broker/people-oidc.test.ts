import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { oidcSchema } from '../../../src/broker/config/people.ts'
import { authenticateAccessTokens } from '../../../src/broker/people/access-tokens.ts'
import { purposesResponseSchema } from '../../../src/shared/broker-api.ts'
import { audience, type OidcIssuer, startOidcIssuer } from '../../support/oidc-issuer.ts'
import { type Broker, configFor, file, runningBroker, runningStore, type Store } from './running-broker.ts'

const minute = 60_000
const nobody = { ok: false, failure: { code: 'unauthenticated' } }
const unknown = { ok: false, failure: { code: 'unavailable' } }

let issuer: OidcIssuer
let stranger: OidcIssuer
beforeAll(async () => {
  issuer = await startOidcIssuer({ groups: { 'user-1': ['lab', 'staff'], 'user-2': 'guests' } })
  stranger = await startOidcIssuer()
})
afterAll(async () => {
  await issuer.close()
  await stranger.close()
})

/** A broker's sign-in for the issuer, at a clock of its own. */
const signIn = (settings: Partial<Parameters<typeof oidcSchema.parse>[0] & object> = {}) => {
  let time = Date.now()
  const warnings: object[] = []
  const authenticate = authenticateAccessTokens(oidcSchema.parse({ issuer: issuer.url, audience, ...settings }), {
    now: () => time,
    warn: (about) => warnings.push(about),
  })
  return {
    who: (token: string) => authenticate(`Bearer ${token}`),
    warnings,
    wait: (milliseconds: number) => {
      time += milliseconds
    },
  }
}
const seconds = () => Math.floor(Date.now() / 1_000)

describe('an access token of the issuer', () => {
  it('says who asks, with scopes and groups', async () => {
    const { who } = signIn()
    const subject = (person: string) => `${issuer.url}#${person}`
    expect(await who(await issuer.token({ scope: 'send read' }))).toEqual({
      ok: true,
      value: { subject: subject('user-1'), label: 'user-1', scopes: ['send', 'read'], groups: ['lab', 'staff'] },
    })
    expect(await who(await issuer.token({ person: 'user-2' }))).toEqual({
      ok: true,
      value: { subject: subject('user-2'), label: 'user-2', scopes: ['send'], groups: ['guests'] },
    })
  })

  it.each([
    [
      'Keycloak',
      { realm_access: { roles: ['lab'] }, scope: 'openid send', name: 'One' },
      ['realm_access', 'roles'],
      { typ: 'JWT' },
    ],
    ['Entra ID', { roles: ['lab'], scp: 'openid send', name: 'One' }, 'roles', { typ: 'JWT' }],
    ['Okta', { groups: ['lab'], scp: ['openid', 'send'], name: 'One' }, 'groups', {}],
    [
      'a claim with dots in its name',
      { 'https://example.com/groups': ['lab'], scope: 'openid send', name: 'One' },
      'https://example.com/groups',
      { typ: 'at+jwt' },
    ],
  ])('may be written as by %s', async (_name, claims, groupsClaim, header) => {
    expect(await signIn({ groupsClaim }).who(await issuer.sign(claims, header))).toMatchObject({
      ok: true,
      value: { label: 'One', scopes: ['openid', 'send'], groups: ['lab'] },
    })
  })

  it('may name its client in place of an audience, as by Cognito, where that is configured', async () => {
    const claims = { aud: undefined, client_id: 'the-app', token_use: 'access', 'cognito:groups': ['lab'] }
    const settings = { audience: 'the-app', audienceClaim: 'client_id', groupsClaim: 'cognito:groups' } as const
    const { who } = signIn(settings)
    expect(await who(await issuer.sign(claims))).toMatchObject({ ok: true, value: { groups: ['lab'] } })
    expect(await who(await issuer.sign({ ...claims, client_id: 'another-app' }))).toEqual(nobody)
    expect(await who(await issuer.sign({ ...claims, client_id: undefined, aud: 'the-app' }))).toEqual(nobody)
  })

  it('takes claims that are none for nothing', async () => {
    const claims = { scope: 7, scp: ['send'], groups: { lab: true }, name: ['One'] }
    expect(await signIn().who(await issuer.sign(claims))).toMatchObject({
      value: { label: 'user-1', scopes: [], groups: [] },
    })
    expect(await signIn({ groupsClaim: ['a', 'b'] }).who(await issuer.sign({ a: 'text' }))).toMatchObject({
      value: { groups: [] },
    })
  })
})

describe('required scopes and groups', () => {
  it.each([
    [{ scopes: ['send', 'admin'] }, true],
    [{ groups: ['staff'] }, true],
    [{ scopes: ['send'], groups: ['lab'] }, true],
    [{ scopes: ['admin'] }, false],
    [{ groups: ['admins'] }, false],
    [{ scopes: ['send'], groups: ['admins'] }, false],
  ])('%j let the right ones in, and tell the others that it is not their sign-in', async (settings, mayEnter) => {
    const known = await signIn(settings).who(await issuer.token())
    expect(known).toMatchObject(mayEnter ? { ok: true } : { ok: false, failure: { code: 'not_allowed' } })
  })
})

describe('nobody is whoever comes with', () => {
  let who: ReturnType<typeof signIn>['who']
  beforeAll(async () => {
    const { who: ask, wait } = signIn()
    who = ask
    expect(await who(await issuer.token())).toMatchObject({ ok: true })
    wait(6_000)
  })

  it('a token for another audience', async () => {
    expect(await who(await issuer.token({ resource: 'https://mail.example' }))).toEqual(nobody)
    expect(await who(await issuer.sign({ aud: undefined }))).toEqual(nobody)
  })

  it('a token of another issuer, also one that calls itself ours', async () => {
    expect(await who(await stranger.token())).toEqual(nobody)
    const { wait, who: ask } = signIn()
    await ask(await issuer.token())
    wait(6_000)
    expect(await ask(await stranger.sign({ iss: issuer.url }))).toEqual(nobody)
  })

  it('a token with a changed letter anywhere', async () => {
    const token = await issuer.token()
    const places = Array.from({ length: 40 }, (_, index) => Math.floor(((index + 0.5) * token.length) / 40))
    for (const place of places) {
      const other = token[place] === 'A' ? 'B' : 'A'
      const known = await who(token.slice(0, place) + other + token.slice(place + 1))
      expect(known.ok, `letter ${place}`).toBe(false)
    }
  })

  it('other claims under the signature', async () => {
    const [header, , signature] = (await issuer.token()).split('.')
    const [, claims] = (await issuer.sign({ sub: 'user-2' })).split('.')
    expect(await who([header, claims, signature].join('.'))).toEqual(nobody)
  })

  it('a token without a signature (alg none)', async () => {
    const [, claims] = (await issuer.token()).split('.')
    for (const alg of ['none', 'None', 'NONE']) {
      const header = Buffer.from(JSON.stringify({ alg, typ: 'at+jwt' })).toString('base64url')
      expect(await who(`${header}.${claims}.`)).toEqual(nobody)
    }
  })

  it('a token that is signed with the public key as a secret (HS256)', async () => {
    const publicKey = Buffer.from(await exportSPKI(issuer.publicKey()))
    const forged = await new SignJWT({ iss: issuer.url, aud: audience, sub: 'user-1', exp: seconds() + 60 })
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .sign(publicKey)
    expect(await who(forged)).toEqual(nobody)
  })

  it('an algorithm that is not allowed', async () => {
    expect(await signIn({ algorithms: ['ES256'] }).who(await issuer.token())).toEqual(nobody)
  })

  it('a key that the token brings itself', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true })
    const forged = await new SignJWT({ iss: issuer.url, aud: audience, sub: 'user-1', exp: seconds() + 60 })
      .setProtectedHeader({ alg: 'RS256', jwk: await exportJWK(publicKey), jku: `${stranger.url}/jwks` })
      .sign(privateKey)
    expect(await who(forged)).toEqual(nobody)
  })

  it.each([['logout+jwt'], ['dpop+jwt'], ['secevent+jwt']])('a JWT for another use (%s)', async (typ) => {
    expect(await who(await issuer.sign({}, { typ }))).toEqual(nobody)
  })

  it('a token that is bound to a key', async () => {
    expect(await who(await issuer.sign({ cnf: { jkt: 'thumbprint' } }))).toEqual(nobody)
  })

  it('a token without a subject, without an end, or with a subject too long for anyone', async () => {
    for (const sub of [undefined, null, '', 0, ['user-1'], { name: 'user-1' }])
      expect(await who(await issuer.sign({ sub }))).toEqual(nobody)
    expect(await who(await issuer.sign({ exp: undefined }))).toEqual(nobody)
    expect(await who(await issuer.sign({ sub: 'x'.repeat(301) }))).toEqual(nobody)
  })

  it('what is no JWT', async () => {
    for (const token of ['', 'x', 'a.b.c', 'eyJ.eyJ.eyJ', `${'e'.repeat(10_000)}.e.e`]) {
      expect(await who(token), token.slice(0, 20)).toEqual(nobody)
    }
  })
})

describe('clocks', () => {
  it('an expired token is nobody’s, a while after its end', async () => {
    const { who, wait } = signIn({ clockTolerance: 30 })
    const token = await issuer.sign({ exp: seconds() + 60 })
    wait(85_000)
    expect(await who(token)).toMatchObject({ ok: true })
    wait(10_000)
    expect(await who(token)).toEqual(nobody)
  })

  it('a token is nobody’s until a while before its time', async () => {
    const token = await issuer.sign({ nbf: seconds() + 60, exp: seconds() + 600 })
    const { who, wait } = signIn({ clockTolerance: 30 })
    expect(await who(token)).toEqual(nobody)
    wait(35_000)
    expect(await who(token)).toMatchObject({ ok: true })
  })
})

describe('the issuer’s keys', () => {
  it('are asked for when they are first needed, and then kept', async () => {
    const { who } = signIn()
    issuer.asked()
    const token = await issuer.token()
    await Promise.all([who(token), who(token), who(token)])
    await who(token)
    expect(issuer.asked().filter((path) => path !== '/token')).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })

  it('are asked for where the configuration says, without a discovery document', async () => {
    const { who } = signIn({ jwksUri: `${issuer.url}/jwks` })
    const token = await issuer.token()
    issuer.asked()
    expect(await who(token)).toMatchObject({ ok: true })
    expect(issuer.asked()).toEqual(['/jwks'])
  })

  it('are not asked for by what can never be good', async () => {
    const { who } = signIn()
    const tokens = [await stranger.token(), await issuer.sign({ exp: seconds() - 3_600 }), 'a.b.c']
    issuer.asked()
    for (const token of tokens) expect(await who(token)).toEqual(nobody)
    expect(issuer.asked()).toEqual([])
  })

  it('may be several, of which a token names none: it is by any of them', async () => {
    const [one, other, none] = await Promise.all([1, 2, 3].map(() => generateKeyPair('RS256')))
    const published = await startOidcIssuer()
    onTestFinished(published.close)
    const keys = await Promise.all(
      [one, other].map(async (pair) => ({ ...(await exportJWK(pair?.publicKey as CryptoKey)), alg: 'RS256' })),
    )
    published.answerWith((_request, response) =>
      response.end(JSON.stringify({ issuer: published.url, jwks_uri: `${published.url}/keys`, keys })),
    )
    const { who } = signIn({ issuer: published.url })
    const by = (pair: typeof one) =>
      new SignJWT({ iss: published.url, aud: audience, sub: 'user-1', exp: seconds() + 3_600 })
        .setProtectedHeader({ alg: 'RS256' })
        .sign(pair?.privateKey as CryptoKey)
    expect(await who(await by(one))).toMatchObject({ ok: true })
    expect(await who(await by(other))).toMatchObject({ ok: true })
    expect(await who(await by(none))).toEqual(nobody)
  })

  it('change: the new one is good at once, the old one no more', async () => {
    const { who, wait } = signIn()
    const before = await issuer.token()
    expect(await who(before)).toMatchObject({ ok: true })
    await issuer.rotate()
    wait(6_000)
    expect(await who(await issuer.token())).toMatchObject({ ok: true })
    wait(6_000)
    expect(await who(before)).toEqual(nobody)
  })

  it('are asked for no more than every five seconds, whatever is named: until then nobody is signed out', async () => {
    const { who, wait } = signIn()
    await who(await issuer.token())
    const stray = await issuer.sign({}, { kid: 'unknown' })
    issuer.asked()
    expect(await who(stray)).toEqual(unknown)
    expect(issuer.asked()).toEqual([])
    wait(5_000)
    expect(await who(stray)).toEqual(nobody)
    expect(await who(stray)).toEqual(unknown)
    expect(issuer.asked()).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })

  it('that were taken back are good for ten minutes at most', async () => {
    const { who, wait } = signIn()
    const before = await issuer.token()
    expect(await who(before)).toMatchObject({ ok: true })
    await issuer.rotate()
    wait(9 * minute)
    expect(await who(before)).toMatchObject({ ok: true })
    wait(minute)
    await who(before)
    await expect.poll(() => who(before)).toMatchObject({ ok: false })
  })
})

describe('while the issuer is away', () => {
  it('known keys go on, unknown ones are nobody’s fault, and all is well when it is back', async () => {
    const { who, wait, warnings } = signIn()
    const token = await issuer.token()
    expect(await who(token)).toMatchObject({ ok: true })
    await issuer.rotate()
    const next = await issuer.token()
    const expired = await issuer.sign({ exp: seconds() - 3_600 })
    await issuer.stop()
    try {
      wait(20 * minute)
      expect(await who(token)).toMatchObject({ ok: true })
      await expect.poll(() => warnings).toEqual([{ issuer: issuer.url, reason: expect.any(String) }])
      expect(await who(token)).toMatchObject({ ok: true })
      expect(await who(next)).toEqual(unknown)
      expect(await who(expired)).toEqual(nobody)
      expect(warnings).toHaveLength(1)
    } finally {
      await issuer.start()
    }
    wait(5_000)
    expect(await who(next)).toMatchObject({ ok: true })
  })

  it('from the start: nobody is signed out, and it is asked again every few seconds', async () => {
    const { who, wait } = signIn()
    const token = await issuer.token()
    await issuer.stop()
    try {
      expect(await who(token)).toEqual(unknown)
    } finally {
      await issuer.start()
    }
    expect(await who(token)).toEqual(unknown)
    wait(5_000)
    expect(await who(token)).toMatchObject({ ok: true })
  })

  it.each([
    ['answers 500', 500, '{}', 'status 500'],
    ['is no JSON', 200, '<html>', 'SyntaxError'],
    [
      'is another issuer’s',
      200,
      '{"issuer":"https://other.example","jwks_uri":"https://other.example/jwks"}',
      'answer: issuer',
    ],
    [
      'names keys that anyone could change',
      200,
      '{"issuer":"ISSUER","jwks_uri":"http://other.example/jwks"}',
      'answer: jwks_uri',
    ],
    ['names keys that are none', 200, '{"issuer":"ISSUER","jwks_uri":"ISSUER/any"}', 'answer: keys'],
  ])('since its discovery document %s', async (_name, status, body, reason) => {
    const { who, warnings } = signIn({ issuer: stranger.url })
    const token = await stranger.token()
    stranger.answerWith((_request, response) => response.writeHead(status).end(body.replaceAll('ISSUER', stranger.url)))
    try {
      expect(await who(token)).toEqual(unknown)
      expect(warnings).toEqual([{ issuer: stranger.url, reason }])
    } finally {
      await stranger.rotate()
    }
  })
})

describe('a broker of the issuer', () => {
  let store: Store
  let broker: Broker
  beforeAll(async () => {
    store = await runningStore()
    const { tokens: _none, ...config } = configFor(store.emulator)
    broker = await runningBroker({
      ...config,
      oidc: { issuer: issuer.url, audience, scopes: ['send'] },
      purposes: [
        { name: 'drop', label: 'Drop' },
        { name: 'lab', label: 'Of the lab', allow: { groups: ['lab'] } },
        { name: 'read', label: 'Of readers', allow: { scopes: ['read'] } },
      ],
    })
  })
  afterAll(async () => {
    await broker.close()
    await store.close()
  })
  const purposes = async (token: string) => {
    const answer = await fetch(`${broker.url}/v1/purposes`, { headers: { authorization: `Bearer ${token}` } })
    return {
      status: answer.status,
      retryAfter: answer.headers.get('retry-after'),
      json: (await answer.json()) as object,
    }
  }
  const namesOf = ({ json }: { json: object }) => purposesResponseSchema.parse(json).purposes.map(({ name }) => name)

  it('offers each person the purposes of their scopes and groups', async () => {
    expect(namesOf(await purposes(await issuer.token()))).toEqual(['drop', 'lab'])
    expect(namesOf(await purposes(await issuer.token({ person: 'user-2', scope: 'send read' })))).toEqual([
      'drop',
      'read',
    ])
  })

  it('grants them what is theirs, and renews it to nobody else', async () => {
    const [one, other] = [await issuer.token(), await issuer.token({ person: 'user-2' })]
    const { grant } = await broker.grant(undefined, one)
    expect((await broker.post('/v1/grants/renew', { grant }, one)).status).toBe(200)
    expect(await broker.post('/v1/grants/renew', { grant }, other)).toMatchObject({
      status: 403,
      json: { code: 'not_yours' },
    })
  })

  it('refuses a person without the scope, who stays signed in', async () => {
    const token = await issuer.token({ scope: 'read' })
    expect(await purposes(token)).toMatchObject({ status: 403, json: { code: 'not_allowed' } })
  })

  it('signs nobody out while the issuer is away', async () => {
    await purposes(await issuer.token())
    await issuer.rotate()
    const token = await issuer.token()
    await issuer.stop()
    try {
      expect(await purposes(token)).toMatchObject({ status: 503, retryAfter: '5', json: { code: 'unavailable' } })
    } finally {
      await issuer.start()
    }
  })

  it('knows static tokens, too, also while the issuer is away', async () => {
    const development = await runningBroker({
      ...configFor(store.emulator),
      oidc: { issuer: stranger.url, audience },
    })
    onTestFinished(development.close)
    const token = await stranger.token()
    const statusFor = async (authorization: string) =>
      (await development.post('/v1/grants', { purpose: 'drop', files: [file()] }, authorization)).status
    await stranger.stop()
    try {
      expect([await statusFor('token-of-one'), await statusFor('a stray token'), await statusFor(token)]).toEqual([
        200, 401, 503,
      ])
    } finally {
      await stranger.start()
    }
  })

  it('logs no token, also none that it refuses', async () => {
    const token = await issuer.token()
    await purposes(token)
    await purposes(`${token}x`)
    expect(broker.lines.join('')).not.toContain(token.split('.')[2])
  })
})
