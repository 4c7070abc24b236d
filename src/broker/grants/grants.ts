import { randomUUID } from 'node:crypto'
import type { Destination, GrantRequest, GrantResponse } from '../../shared/broker-api.ts'
import { carriesCredentials } from '../../shared/broker-kinds.ts'
import { ok, type Result } from '../../shared/failure.ts'
import type { BrokerSettings, PurposeSettings } from '../config/config.ts'
import { addressedBucket, bucketOf } from '../config/store.ts'
import { narrowPurpose } from '../invitations/narrow-purpose.ts'
import type { Session, SessionKinds } from '../kinds/session.ts'
import type { Caller } from '../people/caller.ts'
import type { People } from '../people/guard-people.ts'
import type { Place } from '../policy/arn.ts'
import { hasKeyPerFile } from '../policy/key-template.ts'
import { keysUnder, prefixOf } from '../policy/keys.ts'
import { type Refusal, refused } from '../problem.ts'
import { type Grant, grantKey, openGrant, signGrant } from './grant-token.ts'
import { objectionTo, objectionToKeys } from './objections.ts'

type Collaborators = {
  readonly settings: BrokerSettings
  readonly sessions: SessionKinds
  /** Where new grants go, null while no bucket answers; the store's bucket unless one of several has to be chosen. */
  readonly place?: () => Promise<Place | null>
  readonly people: Pick<People, 'denyList' | 'limits'>
  readonly now: () => number
}

/** What a caller can do with grants. Each refusal is one of the API's codes; nothing is thrown for a client's mistake. */
export type Grants = {
  /** What the caller may send to. */
  readonly purposesOf: (caller: Caller) => readonly PurposeSettings[]
  /** The same files, the first one first, get the same keys again. */
  readonly issue: (caller: Caller, request: GrantRequest) => Promise<Result<Issued, Refusal>>
  /**
   * New credentials for the same prefix, and a token of the same grant that can be renewed for longer. The token that
   * was given stays good until its own time.
   */
  readonly renew: (caller: Caller, token: string) => Promise<Result<Renewed, Refusal>>
  /** A grant under which the caller may still send, with its purpose as it is now. */
  readonly use: (caller: Caller, token: string) => Promise<Result<Usable, Refusal>>
  /** The grant of a token, where it is the caller's. */
  readonly open: (caller: Caller, token: string) => Promise<Result<Grant, Refusal>>
}
type Issued = {
  readonly grant: Grant
  readonly token: string
  readonly destination: Destination
  readonly keys: GrantResponse['keys']
  /** Null where the broker signs each request. */
  readonly session: Session | null
  readonly purpose: PurposeSettings
}
type Usable = { readonly grant: Grant; readonly purpose: PurposeSettings }
type Renewed = Pick<Issued, 'grant' | 'token' | 'session'>

const day = 86_400_000

/** The grants of one broker; holds nothing between two calls, so that replicas are alike. */
export const createGrants = ({ settings, sessions, people, now, ...collaborators }: Collaborators): Grants => {
  const { signingSecret, store } = settings
  const key = grantKey(signingSecret)
  const { place: placeOf = async () => ({ bucket: bucketOf(store), region: store.region }) } = collaborators
  const purposesOf: Grants['purposesOf'] = ({ invitation, ...caller }) =>
    invitation
      ? settings.purposes.flatMap((purpose) => narrowPurpose(purpose, invitation) ?? [])
      : settings.purposes.filter((purpose) => mayUse(caller, purpose))
  const purposeOf = (caller: Caller, name: string) => purposesOf(caller).find((purpose) => purpose.name === name)

  const sessionFor = async (grant: Grant, purpose: PurposeSettings): Promise<Result<Session | null, Refusal>> => {
    if (!carriesCredentials(grant.kind)) return ok(null)
    const issued = await sessions[grant.kind]?.issue({ ...grant, purpose })
    if (issued === undefined) return refused({ code: 'revoked' })
    return issued.ok ? issued : refused({ code: 'unavailable', cause: issued.failure })
  }

  const renewableUntil = ({ invitation }: Caller): number =>
    Math.min(now() + settings.renewDays * day, invitation?.expiresAt ?? Number.POSITIVE_INFINITY)

  const open: Grants['open'] = async (caller, token) => {
    const opened = await openGrant(await key, token, now())
    if (!opened.ok) return opened
    if (opened.value.subject !== caller.subject) return refused({ code: 'not_yours' })
    return people.denyList.hasGrant(opened.value.id) ? refused({ code: 'revoked' }) : opened
  }

  const use: Grants['use'] = async (caller, token) => {
    const opened = await open(caller, token)
    if (!opened.ok) return opened
    const grant = opened.value
    if (now() >= grant.renewUntil) return refused({ code: 'deadline_passed' })
    const purpose = purposeOf(caller, grant.purpose)
    if (purpose === undefined) return refused({ code: 'revoked' })
    // as it is now is how it must be sent: the client goes on with a new grant
    return grant.kind === purpose.kind ? ok({ grant, purpose }) : refused({ code: 'deadline_passed' })
  }

  return {
    purposesOf,
    open,
    use,

    issue: async (caller, request) => {
      const purpose = purposeOf(caller, request.purpose)
      if (purpose === undefined) return refused({ code: 'unknown_purpose' })
      const firstFileId = request.files[0]?.id
      if (firstFileId === undefined) return refused({ code: 'invalid_request' })
      const objection = objectionTo(request, purpose)
      if (objection) return refused(objection)

      const issuedAt = now()
      const { folder } = request
      const { keyTemplate } = purpose
      const source = {
        signingSecret,
        subject: caller.subject,
        purpose: purpose.name,
        firstFileId,
        folder,
        now: issuedAt,
      }
      const prefix = prefixOf(keyTemplate, source)
      const keyOf = keysUnder(keyTemplate, prefix)
      const keys = request.files.map((file) => ({ id: file.id, key: keyOf(file) }))
      const collision = hasKeyPerFile(keyTemplate) ? null : objectionToKeys(keys.map(({ key }) => key))
      if (collision) return refused(collision)
      const files = keys.map(({ key }, index) => ({ key, size: request.files[index]?.size ?? 0 }))
      // what the broker signs is counted then, by what is really sent
      const excess = carriesCredentials(purpose.kind)
        ? await people.limits.countFiles(caller, files)
        : await people.limits.hasRoomFor(caller, files)
      if (excess) return refused(excess)
      const place = await placeOf()
      if (place === null) return refused({ code: 'unavailable' })
      const grant: Grant = {
        id: randomUUID(),
        subject: caller.subject,
        purpose: purpose.name,
        kind: purpose.kind,
        bucket: place.bucket,
        region: place.region,
        prefix,
        issuedAt,
        renewUntil: renewableUntil(caller),
      }
      const session = await sessionFor(grant, purpose)
      if (!session.ok) return session
      return ok({
        grant,
        purpose,
        token: await signGrant(await key, grant),
        destination: {
          kind: grant.kind,
          bucket: addressedBucket(store, grant.bucket),
          prefix: grant.prefix,
          region: grant.region,
          endpoint: store.publicEndpoint,
          addressing: store.addressing,
          accelerate: store.accelerate,
          dualStack: store.dualStack,
          options: purpose.options,
        },
        keys,
        session: session.value,
      })
    },

    renew: async (caller, token) => {
      const used = await use(caller, token)
      if (!used.ok) return used
      const { grant, purpose } = used.value
      const session = await sessionFor(grant, purpose)
      if (!session.ok) return session
      // never shorter, also where renewDays was lowered or another replica's clock is ahead
      const renewed = { ...grant, renewUntil: Math.max(grant.renewUntil, renewableUntil(caller)) }
      return ok({ grant: renewed, token: await signGrant(await key, renewed), session: session.value })
    },
  }
}

/** Whoever one of the lists names; without `allow`, everyone. */
const mayUse = ({ subject, scopes, groups }: Caller, { allow }: PurposeSettings): boolean =>
  allow === undefined ||
  allow.subjects?.includes(subject) === true ||
  scopes.some((scope) => allow.scopes?.includes(scope)) ||
  groups.some((group) => allow.groups?.includes(group))
