import { expect, it } from 'vitest'
import { type BrokerConfig, brokerConfigSchema } from '../../../../src/broker/config/config.ts'
import { createGrants } from '../../../../src/broker/grants/grants.ts'
import type { Scope } from '../../../../src/broker/kinds/session.ts'
import type { Place } from '../../../../src/broker/policy/arn.ts'
import { peopleOfTokens } from '../../../support/broker-people.ts'
import { value } from '../../../support/value.ts'

const region = 'eu-central-1'
const caller = { subject: 'user-1', label: 'One', scopes: [], groups: [] }
const request = {
  purpose: 'drop',
  files: [{ id: '00000000-0000-4000-8000-000000000001', name: 'a.txt', size: 3 }],
}
const now = () => 0

/** Grants over an STS that remembers where it was asked to let people write. */
const grantsOf = (store: BrokerConfig['store'], place?: () => Promise<Place | null>) => {
  const settings = brokerConfigSchema.parse({
    signingSecret: 'a secret of the tests, 32 bytes long',
    store,
    purposes: [{ name: 'drop', label: 'Drop' }],
  })
  const asked: Place[] = []
  const issue = async ({ bucket, region }: Scope) => {
    asked.push({ bucket, region })
    const credentials = { accessKeyId: 'A', secretAccessKey: 'secret', sessionToken: 'session', expiration: 1 }
    return { ok: true, value: { credentials, packedPolicySize: null } } as const
  }
  const people = peopleOfTokens(settings, now)
  const sessions = { federation_token: { issue } }
  return { asked, grants: createGrants({ settings, people, sessions, now, ...(place && { place }) }) }
}

it('an access point’s alias is what clients are told, its ARN what policies name', async () => {
  const accessPoint = `arn:aws:s3:${region}:123456789012:accesspoint/desk`
  const alias = 'desk-hrzrlukc5m36ft7okagglf3gmwluquse1b-s3alias'
  const { grants, asked } = grantsOf({ bucket: alias, accessPoint, region })
  const { destination, token } = value(await grants.issue(caller, request))
  expect(destination).toMatchObject({ bucket: alias, region })
  await grants.renew(caller, token)
  expect(asked).toEqual([
    { bucket: accessPoint, region },
    { bucket: accessPoint, region },
  ])
})

it('a grant stays in the bucket that was chosen for it, wherever new ones go', async () => {
  const places: (Place | null)[] = [
    { bucket: 'uploads', region },
    { bucket: 'uploads-us', region: 'us-east-1' },
  ]
  const { grants, asked } = grantsOf({ bucket: 'uploads', region }, async () => places.shift() ?? null)
  const first = value(await grants.issue(caller, request))
  const second = value(await grants.issue(caller, request))
  expect(first.destination).toMatchObject({ bucket: 'uploads', region })
  expect(second.destination).toMatchObject({ bucket: 'uploads-us', region: 'us-east-1' })
  expect(second.keys).toEqual(first.keys)
  await grants.renew(caller, first.token)
  expect(asked.map(({ bucket }) => bucket)).toEqual(['uploads', 'uploads-us', 'uploads'])
  expect(await grants.issue(caller, request)).toEqual({ ok: false, failure: { code: 'unavailable' } })
})
