import type { S3Client } from '@aws-sdk/client-s3'
import type { STSClient } from '@aws-sdk/client-sts'
import { carriesCredentials, type SessionKindName } from '../../shared/broker-kinds.ts'
import { createS3Client } from '../aws-clients.ts'
import type { BrokerSettings, PurposeSettings } from '../config/config.ts'
import { placesOf } from '../config/store.ts'
import { isNarrowed, needsSts } from '../kinds/narrowing.ts'
import type { SessionKinds } from '../kinds/session.ts'
import type { Place } from '../policy/arn.ts'
import { checkBucket } from './bucket.ts'
import { checkClock } from './clock.ts'
import { checkCors } from './cors.ts'
import { type Finding, unseen, wrong } from './finding.ts'
import { checkLifecycle } from './lifecycle.ts'
import { checkOnAws } from './on-aws.ts'
import { storeProbe, stsProbe } from './probes.ts'
import { checkObjectLock, checkPublicAccess } from './protection.ts'
import { checkRights } from './rights.ts'

export type Looking = {
  readonly settings: BrokerSettings
  readonly sts: STSClient
  readonly sessions: SessionKinds
  readonly now: () => number
  readonly fix: boolean
  readonly aws: boolean
}

/** All that can be wrong beside the broker itself, one finding each; `fix` sets lifecycle rule and CORS on the way. */
export const look = async (looking: Looking): Promise<readonly Finding[]> => {
  const { settings, sts, now } = looking
  const findings: Finding[] = []
  for (const place of placesOf(settings.store)) {
    using s3 = disposable(createS3Client({ ...settings, store: { ...settings.store, ...place } }))
    findings.push(await checkClock('the store', s3.client, storeProbe(s3.client, place.bucket), now))
    const bucket = await checkBucket(s3.client, place)
    findings.push(...bucket)
    if (bucket.every(({ state }) => state === 'ok')) findings.push(...(await lookInto(s3.client, place, looking)))
  }
  if (needsSts(settings)) findings.push(await checkClock('STS', sts, stsProbe(sts), now))
  return findings
}

const lookInto = async (s3: S3Client, place: Place, looking: Looking): Promise<readonly Finding[]> => {
  const { settings, fix } = looking
  const { purposes, renewDays, publicUrl } = settings
  const { bucket } = place
  const prefixes = [...new Set(purposes.map(literalPrefixOf))]
  const invites = publicUrl !== undefined && purposes.some(({ invitations }) => invitations)
  const origin = invites ? new URL(publicUrl).origin : null
  const found: Finding[] = [
    ...(await checkLifecycle(s3, { bucket, prefixes, renewDays, fix })),
    ...(await checkCors(s3, { bucket, origin, fix })),
    ...(await checkPublicAccess(s3, bucket)),
    ...(await checkObjectLock(
      s3,
      bucket,
      purposes.map(({ options }) => options),
    )),
  ]
  for (const purpose of purposes) found.push(...(await tryOut(s3, place, purpose, looking)))
  return found
}

const tryOut = async (
  broker: S3Client,
  place: Place,
  purpose: PurposeSettings,
  { settings, sessions, aws, now }: Looking,
): Promise<readonly Finding[]> => {
  const name = `purpose ${purpose.name}`
  const { kind, options } = purpose
  const prefix = `${literalPrefixOf(purpose)}longshore-check/`
  const trial = { broker, bucket: place.bucket, prefix, kind, options, now }
  const sessionKind = sessionKindOf(settings, kind)
  if (sessionKind === null)
    return [...(await checkRights(name, { ...trial, writer: broker }, false)), ...(aws ? [notOnAws(name)] : [])]

  const session = async () => sessions[sessionKind]?.issue({ subject: 'longshore-check', ...place, prefix, purpose })
  const first = await session()
  if (!first?.ok) {
    const { operation = sessionKind, name: reason = 'not configured' } = first?.failure ?? {}
    return [wrong(`rights of ${name}`, `${operation} is refused (${reason})`, refusedSession(sessionKind))]
  }
  const storeWith = { ...settings, store: { ...settings.store, ...place } }
  using writer = disposable(createS3Client(storeWith, { credentials: first.value.credentials }))
  const rights = await checkRights(name, { ...trial, writer: writer.client }, true)
  if (!aws) return rights
  if (!carriesCredentials(kind)) return [...rights, notOnAws(name)]
  const second = await session()
  if (!second?.ok)
    return [...rights, wrong(`renewal of ${name}`, 'a second session is refused', refusedSession(sessionKind))]
  using renewed = disposable(createS3Client(storeWith, { credentials: second.value.credentials }))
  return [...rights, ...(await checkOnAws(name, { ...trial, writer: writer.client }, renewed.client))]
}

/** With whose session bytes are written; null: each request is signed with the broker's own rights. */
const sessionKindOf = (settings: BrokerSettings, kind: PurposeSettings['kind']): SessionKindName | null => {
  if (carriesCredentials(kind)) return kind
  return isNarrowed(settings) ? 'assumed_role' : null
}

const notOnAws = (name: string): Finding =>
  unseen(
    `${name} on AWS`,
    'its requests are signed, and --aws tries purposes with credentials only',
    'send a file of several parts, and one again to a key that is taken',
  )

const refusedSession = (kind: SessionKindName): string =>
  kind === 'assumed_role'
    ? 'allow sts:AssumeRole on sts.roleArn, name the broker in the trust policy of the role, and keep sessionSeconds within its limit (3600 where the broker itself runs on a role)'
    : 'allow sts:GetFederationToken, and run the broker with the long-term keys of an IAM user'

/** What all keys of a purpose begin with. */
const literalPrefixOf = ({ keyTemplate }: PurposeSettings): string =>
  keyTemplate.prefix.slice(0, keyTemplate.prefix.indexOf('{')).replace(/[^/]*$/, '')

const disposable = <Client extends { destroy(): void }>(client: Client) => ({
  client,
  [Symbol.dispose]: () => client.destroy(),
})
