import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { confirmDays, type Grant, grantKey, openGrant, signGrant } from '../../../../src/broker/grants/grant-token.ts'

/** Long enough for HS512 too. */
const secret = 'a secret of the tests, 32 bytes long '.repeat(2)
const key = await grantKey(secret)
const day = 86_400_000
const issuedAt = Date.UTC(2026, 0, 1)
const grant: Grant = {
  id: 'grant-1',
  subject: 'user-1',
  purpose: 'drop',
  kind: 'federation_token',
  bucket: 'uploads',
  region: 'eu-central-1',
  prefix: 'drops/a/',
  issuedAt,
  renewUntil: issuedAt + 7 * day,
}
const { id: _, subject: __, ...claims } = { ...grant, renewUntil: issuedAt + day }
const forged = (header: { alg: string; typ?: string }, audience: string) =>
  new SignJWT(claims)
    .setProtectedHeader(header)
    .setAudience(audience)
    .setSubject('user-1')
    .setJti('grant-1')
    .sign(Buffer.from(secret))

describe('a grant token', () => {
  it('says the same grant again, for as long as it can be renewed and 30 days more', async () => {
    const token = await signGrant(key, grant)
    expect(await openGrant(key, token, issuedAt)).toEqual({ ok: true, value: grant })
    const last = grant.renewUntil + confirmDays * day
    expect(await openGrant(key, token, last - 1_000)).toEqual({ ok: true, value: grant })
    expect(await openGrant(key, token, last + 1_000)).toEqual({ ok: false, failure: { code: 'deadline_passed' } })
  })

  it('is invalid once any of its characters was altered', async () => {
    const token = await signGrant(key, grant)
    for (let index = 0; index < token.length - 1; index += 7) {
      const altered = token.slice(0, index) + (token[index] === 'A' ? 'B' : 'A') + token.slice(index + 1)
      expect(await openGrant(key, altered, issuedAt)).toEqual({ ok: false, failure: { code: 'grant_invalid' } })
    }
  })

  it.each([
    ['of another broker', async () => signGrant(await grantKey('another secret of the tests, 32 bytes'), grant)],
    ['of another type', async () => forged({ alg: 'HS256', typ: 'JWT' }, 'longshore-broker')],
    ['without a type', async () => forged({ alg: 'HS256' }, 'longshore-broker')],
    ['for another audience', async () => forged({ alg: 'HS256', typ: 'longshore-grant+jwt' }, 'someone')],
    ['with another algorithm', async () => forged({ alg: 'HS512', typ: 'longshore-grant+jwt' }, 'longshore-broker')],
    ['without a signature', async () => `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims))}.`],
    ['that is no token', async () => 'hello'],
  ])('is invalid: one %s', async (_what, make) => {
    expect(await openGrant(key, await make(), issuedAt)).toEqual({ ok: false, failure: { code: 'grant_invalid' } })
  })

  it('is accepted with the right type and audience, so that the refusals above mean something', async () => {
    const token = await forged({ alg: 'HS256', typ: 'longshore-grant+jwt' }, 'longshore-broker')
    expect((await openGrant(key, token, issuedAt)).ok).toBe(true)
  })
})
