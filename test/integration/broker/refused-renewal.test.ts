import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createApp } from '../../../src/broker/app.ts'
import { type BrokerConfig, brokerConfigSchema } from '../../../src/broker/config/config.ts'
import { createInvitations } from '../../../src/broker/invitations/invitations.ts'
import { createStoreClients } from '../../../src/broker/kinds/signed/store-clients.ts'
import { createUploads } from '../../../src/broker/kinds/signed/uploads.ts'
import { createMetrics } from '../../../src/broker/metrics.ts'
import { createReceipts } from '../../../src/broker/objects/receipts.ts'
import { createWebhooks } from '../../../src/broker/objects/webhooks.ts'
import { memoryCounters } from '../../../src/broker/people/memory-counters.ts'
import { createReadiness } from '../../../src/broker/readiness.ts'
import { createBrokerClient } from '../../../src/main/engine/broker/broker-client.ts'
import { GrantCredentials } from '../../../src/main/engine/broker/credentials.ts'
import type { Problem } from '../../../src/shared/broker-api.ts'
import { dispositionOf, type ServerFailure } from '../../../src/shared/failure.ts'
import { peopleOfTokens } from '../../support/broker-people.ts'
import { deadAddress } from '../../support/local-server.ts'
import { value } from '../../support/value.ts'
import { configFor, runningBroker, runningStore, type Store } from './running-broker.ts'

const day = 86_400_000

let store: Store
let config: BrokerConfig
let grant: string
beforeAll(async () => {
  store = await runningStore()
  config = configFor(store.emulator)
  const broker = await runningBroker(config)
  grant = (await broker.grant()).grant
  await broker.close()
})
afterAll(() => store?.close())

/** What the client's credentials say when their renewal at this broker is refused, and what the queue then does. */
const refusalBy = async (url: string, token = 'token-of-one') => {
  const client = createBrokerClient(url, { token, device: crypto.randomUUID() }, Date.now)
  const current = await new GrantCredentials(() => client.renew(grant), Date.now).current()
  if (current.ok) throw new Error('was renewed')
  return { ...current.failure, disposition: dispositionOf(current.failure.kind) }
}

describe('each refusal of a renewal reaches the client for what it is:', () => {
  it.each<{ code: Problem['code']; failure: ServerFailure; disposition: string }>([
    { code: 'revoked', failure: { kind: 'revoked', detail: 'revoked' }, disposition: 'ask' },
    { code: 'not_yours', failure: { kind: 'not_yours', detail: 'not_yours' }, disposition: 'ask' },
    { code: 'not_allowed', failure: { kind: 'not_allowed', detail: 'not_allowed' }, disposition: 'ask' },
    { code: 'over_quota', failure: { kind: 'over_quota', detail: 'over_quota' }, disposition: 'ask' },
    { code: 'deadline_passed', failure: { kind: 'deadline_passed', detail: 'deadline_passed' }, disposition: 'ask' },
    { code: 'unknown_purpose', failure: { kind: 'unknown_purpose', detail: 'unknown_purpose' }, disposition: 'ask' },
    { code: 'grant_invalid', failure: { kind: 'revoked', detail: 'grant_invalid' }, disposition: 'ask' },
    {
      code: 'unavailable',
      failure: { kind: 'broker_unreachable', detail: 'unavailable', retryAfter: 5_000 },
      disposition: 'hold',
    },
    {
      code: 'too_many_requests',
      failure: { kind: 'broker_unreachable', detail: 'too_many_requests', retryAfter: 5_000 },
      disposition: 'hold',
    },
  ])('$code', async ({ code, failure, disposition }) => {
    const settings = brokerConfigSchema.parse(config)
    const refuses = async () => ({ ok: false, failure: { code } }) as const
    const app = createApp({
      settings,
      people: peopleOfTokens(settings, Date.now),
      grants: { purposesOf: () => [], issue: refuses, renew: refuses, use: refuses, open: refuses },
      invitations: createInvitations({
        settings,
        purposesOf: () => [],
        counters: memoryCounters(Date.now),
        isDenied: () => false,
        now: Date.now,
      }),
      storeOrigins: [],
      uploads: createUploads({ clients: createStoreClients(settings, () => {}), now: Date.now }),
      confirm: async () => ({ ok: true, value: [] }),
      receipts: createReceipts(settings.signingSecret),
      webhooks: createWebhooks({ webhooks: [], now: Date.now, random: Math.random }),
      links: refuses,
      metrics: createMetrics(),
      readiness: createReadiness({}, Date.now),
      now: Date.now,
      log: { write: () => {} },
    })
    onTestFinished(() => app.close())
    expect(await refusalBy(await app.listen({ port: 0 }))).toEqual({ ...failure, disposition })
  })
})

describe('a renewal is refused', () => {
  const brokerWith = async (change: Partial<BrokerConfig>, now?: () => number) => {
    const broker = await runningBroker({ ...config, ...change }, now)
    onTestFinished(broker.close)
    return broker
  }

  it('as not theirs to somebody else', async () => {
    const { url } = await brokerWith({})
    expect(await refusalBy(url, 'token-of-two')).toMatchObject({ kind: 'not_yours' })
  })

  it('as signed out to nobody', async () => {
    const { url } = await brokerWith({})
    expect(await refusalBy(url, 'a-wrong-token')).toMatchObject({ kind: 'signed_out', disposition: 'hold' })
  })

  it('as revoked once its purpose is gone, and where the broker signs with another secret', async () => {
    const gone = await brokerWith({ purposes: [{ name: 'other', label: 'Other' }] })
    expect(await refusalBy(gone.url)).toMatchObject({ kind: 'revoked' })
    const resigned = await brokerWith({ signingSecret: 'another secret of the tests, 32 bytes' })
    expect(await refusalBy(resigned.url)).toMatchObject({ kind: 'revoked' })
  })

  it('as too late after the days in which it could be renewed', async () => {
    const { url } = await brokerWith({}, () => Date.now() + 15 * day)
    expect(await refusalBy(url)).toMatchObject({ kind: 'deadline_passed' })
  })

  it('for the moment while STS does not answer, with the time to wait', async () => {
    const { url } = await brokerWith({ sts: { endpoint: await deadAddress() } })
    expect(await refusalBy(url)).toMatchObject({ kind: 'broker_unreachable', retryAfter: 5_000, disposition: 'hold' })
  })
})

it('a grant that is renewed again and again by its newest token outlives what its first allowed', async () => {
  let time = Date.now()
  const broker = await runningBroker(config, () => time)
  onTestFinished(broker.close)
  const client = createBrokerClient(broker.url, { token: 'token-of-one', device: crypto.randomUUID() }, () => time)
  const renew = async (token: string) => value(await client.renew(token)).value
  let newest = grant
  for (let days = 0; days < 60; days += 12) {
    time += 12 * day
    const renewed = await renew(newest)
    expect(renewed.renewUntil).toBe(time + 14 * day)
    newest = renewed.grant
  }
  expect(await client.renew(grant)).toMatchObject({ ok: false, failure: { kind: 'deadline_passed' } })
})
