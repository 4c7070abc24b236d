import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BrokerConfig, brokerConfigSchema } from '../../../../src/broker/config/config.ts'
import { createGrants, type Grants } from '../../../../src/broker/grants/grants.ts'
import { peopleOfTokens } from '../../../support/broker-people.ts'
import { value } from '../../../support/value.ts'

const day = 86_400_000
const hour = 3_600_000
const start = Date.UTC(2026, 0, 1, 13)
const caller = { subject: 'user-1', label: 'One', scopes: [], groups: [] }
const request = {
  purpose: 'drop',
  files: [{ id: '00000000-0000-4000-8000-000000000001', name: 'a.txt', size: 3 }],
}

/** Two replicas at one clock; each renewal is the other one's. */
const replicas = (settings: Partial<BrokerConfig> = {}) => {
  let time = start
  let turn = 0
  const config = brokerConfigSchema.parse({
    signingSecret: 'a secret of the tests, 32 bytes long',
    store: { bucket: 'uploads', region: 'eu-central-1' },
    purposes: [{ name: 'drop', label: 'Drop' }],
    ...settings,
  })
  const replica = (): Grants =>
    createGrants({
      settings: config,
      people: peopleOfTokens(config, () => time),
      sessions: {
        federation_token: {
          issue: async () => ({
            ok: true,
            value: {
              credentials: {
                accessKeyId: 'ASIAEXAMPLE',
                secretAccessKey: 'secret',
                sessionToken: 'session',
                expiration: time + config.sessionSeconds * 1_000,
              },
              packedPolicySize: null,
            },
          }),
        },
      },
      now: () => time,
    })
  const both = [replica(), replica()] as const
  const renew = (token: string) => {
    turn += 1
    return both[turn % 2 === 0 ? 0 : 1].renew(caller, token)
  }
  return {
    now: () => time,
    wait: (milliseconds: number) => {
      time += milliseconds
    },
    issue: async () => value(await both[0].issue(caller, request)),
    renew,
    renewed: async (token: string) => value(await renew(token)),
  }
}

const deadlinePassed = { ok: false, failure: { code: 'deadline_passed' } }

describe('a renewal', () => {
  it('gives a token of the same grant that can be renewed for as long again', async () => {
    const broker = replicas({ renewDays: 10 })
    const issued = await broker.issue()
    broker.wait(9 * day)
    const renewed = await broker.renewed(issued.token)
    expect(renewed.grant).toEqual({ ...issued.grant, renewUntil: start + 19 * day })
    expect(renewed.session?.credentials.expiration).toBe(broker.now() + hour)
    broker.wait(9 * day)
    expect((await broker.renewed(renewed.token)).grant).toEqual({ ...issued.grant, renewUntil: start + 28 * day })
  })

  it('leaves the token before it good until its own time, so that a lost answer costs nothing', async () => {
    const broker = replicas({ renewDays: 10 })
    const { token: old } = await broker.issue()
    broker.wait(5 * day)
    const { token } = await broker.renewed(old)
    expect((await broker.renewed(old)).token).toBe(token)
    broker.wait(5 * day - 1)
    expect((await broker.renew(old)).ok).toBe(true)
    broker.wait(1)
    expect(await broker.renew(old)).toEqual(deadlinePassed)
    expect((await broker.renew(token)).ok).toBe(true)
  })

  it('never takes time away, though the days were made fewer', async () => {
    const before = replicas({ renewDays: 30 })
    const { token, grant } = await before.issue()
    const after = replicas({ renewDays: 2 })
    after.wait(day)
    expect((await after.renewed(token)).grant.renewUntil).toBe(grant.renewUntil)
    after.wait(29 * day)
    expect(await after.renew(token)).toEqual(deadlinePassed)
  })
})

/** From `start`: an upload of that night has the longest time until its AbortDate. */
const untilMidnight = 11 * hour

/** S3's AbortDate of an upload: the days of the lifecycle rule after its start, then the next midnight (UTC). */
const abortDate = (createdAt: number, lifecycleDays: number) =>
  (Math.floor((createdAt + lifecycleDays * day) / day) + 1) * day

describe('an upload', () => {
  /** Days of a lifecycle rule, how long each session lives (s), and when what happens: parts of the time that there is. */
  const life = fc.record({
    lifecycleDays: fc.integer({ min: 1, max: 30 }),
    sessionSeconds: fc.integer({ min: 900, max: 86_400 }),
    startedAt: fc.integer({ min: 0, max: day }),
    renewals: fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 5 }),
    createdAt: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  type Life = typeof life extends fc.Arbitrary<infer Value> ? Value : never

  /** Whether the broker still renews at the AbortDate of an upload that was created with a grant's newest credentials. */
  const isRenewedToItsEnd = async (broker: ReturnType<typeof replicas>, upload: Omit<Life, 'sessionSeconds'>) => {
    broker.wait(upload.startedAt)
    const issued = await broker.issue()
    let { token, session } = issued
    let { renewUntil } = issued.grant
    for (const part of upload.renewals) {
      broker.wait(Math.floor(part * (renewUntil - broker.now())))
      const renewed = await broker.renewed(token)
      ;({ token, session } = renewed)
      renewUntil = renewed.grant.renewUntil
    }
    broker.wait(Math.floor(upload.createdAt * ((session?.credentials.expiration ?? 0) - broker.now())))
    broker.wait(abortDate(broker.now(), upload.lifecycleDays) - broker.now())
    const renewed = await broker.renew(token)
    return renewed.ok && (renewed.value.session?.credentials.expiration ?? 0) > broker.now()
  }

  it('begun at any time of a grant’s life can go on until its AbortDate, with two days more than the lifecycle rule', async () => {
    await fc.assert(
      fc.asyncProperty(life, async (upload) => {
        const { lifecycleDays, sessionSeconds } = upload
        expect(await isRenewedToItsEnd(replicas({ renewDays: lifecycleDays + 2, sessionSeconds }), upload)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('under a rule of seven days is safe with what the broker does by itself', async () => {
    const upload = { lifecycleDays: 7, startedAt: untilMidnight, renewals: [], createdAt: 1 }
    expect(await isRenewedToItsEnd(replicas(), upload)).toBe(true)
    expect(await isRenewedToItsEnd(replicas({ renewDays: 8 }), upload)).toBe(false)
  })

  it('begun late in a session may be cut short with one day less', async () => {
    const upload = { lifecycleDays: 7, startedAt: 0, renewals: [], createdAt: 1 }
    expect(await isRenewedToItsEnd(replicas({ renewDays: 8, sessionSeconds: 86_400 }), upload)).toBe(false)
  })
})
