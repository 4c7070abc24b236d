import { randomUUID } from 'node:crypto'
import type { Credentials, Destination, GrantRequest, GrantResponse } from '../shared/broker-api.ts'
import { ok, type Result } from '../shared/failure.ts'
import type { Caller } from './authenticate.ts'
import type { BrokerSettings, PurposeSettings } from './config.ts'
import { type Grant, openGrant, signGrant } from './grant-token.ts'
import { keyOf, prefixOf } from './keys.ts'
import type { GrantKind } from './kinds/grant-kind.ts'
import type { Refusal } from './problem.ts'

type Collaborators = { readonly settings: BrokerSettings; readonly kind: GrantKind; readonly now: () => number }

/** What a caller can do with grants. Each refusal is one of the API's codes; nothing is thrown for a client's mistake. */
export type Grants = {
  /** The same files, the first one first, get the same keys again. */
  readonly issue: (caller: Caller, request: GrantRequest) => Promise<Result<Issued, Refusal>>
  /**
   * New credentials for the same prefix, and a token of the same grant that can be renewed for longer. The token that
   * was given stays good until its own time.
   */
  readonly renew: (caller: Caller, token: string) => Promise<Result<Renewed, Refusal>>
  /** The grant of a token, where it is the caller's. */
  readonly open: (caller: Caller, token: string) => Promise<Result<Grant, Refusal>>
}
type Issued = {
  readonly grant: Grant
  readonly token: string
  readonly destination: Destination
  readonly keys: GrantResponse['keys']
  readonly credentials: Credentials
}
type Renewed = Pick<Issued, 'grant' | 'token' | 'credentials'>

const day = 86_400_000

/** The grants of one broker; holds nothing between two calls, so that replicas are alike. */
export const createGrants = ({ settings, kind, now }: Collaborators): Grants => {
  const { signingSecret, store } = settings
  const purposeOf = (name: string) => settings.purposes.find((purpose) => purpose.name === name)

  const credentialsFor = async (grant: Grant): Promise<Result<Credentials, Refusal>> => {
    const issued = await kind.issue(grant)
    return issued.ok ? issued : refused('unavailable', { cause: issued.failure })
  }

  const renewableUntil = (): number => now() + settings.renewDays * day

  const open: Grants['open'] = async (caller, token) => {
    const opened = await openGrant(signingSecret, token, now())
    return opened.ok && opened.value.subject !== caller.subject ? refused('not_yours') : opened
  }

  return {
    open,

    issue: async (caller, request) => {
      const purpose = purposeOf(request.purpose)
      if (purpose === undefined) return refused('unknown_purpose')
      const firstFileId = request.files[0]?.id
      if (firstFileId === undefined) return refused('invalid_request')
      const objection = objectionTo(request, purpose)
      if (objection) return objection

      const issuedAt = now()
      const source = { signingSecret, subject: caller.subject, purpose: purpose.name, firstFileId, now: issuedAt }
      const grant: Grant = {
        id: randomUUID(),
        subject: caller.subject,
        purpose: purpose.name,
        bucket: store.bucket,
        prefix: prefixOf(purpose.keyTemplate, source),
        issuedAt,
        renewUntil: renewableUntil(),
      }
      const credentials = await credentialsFor(grant)
      if (!credentials.ok) return credentials
      return ok({
        grant,
        token: await signGrant(signingSecret, grant),
        destination: {
          kind: kind.name,
          bucket: grant.bucket,
          prefix: grant.prefix,
          region: store.region,
          endpoint: store.publicEndpoint ?? store.endpoint,
          addressing: store.addressing,
        },
        keys: request.files.map((file) => ({ id: file.id, key: keyOf(purpose.keyTemplate, grant.prefix, file) })),
        credentials: credentials.value,
      })
    },

    renew: async (caller, token) => {
      const opened = await open(caller, token)
      if (!opened.ok) return opened
      const grant = opened.value
      if (now() >= grant.renewUntil) return refused('deadline_passed')
      if (purposeOf(grant.purpose) === undefined) return refused('revoked')
      const credentials = await credentialsFor(grant)
      if (!credentials.ok) return credentials
      // never shorter, also where renewDays was lowered or another replica's clock is ahead
      const renewed = { ...grant, renewUntil: Math.max(grant.renewUntil, renewableUntil()) }
      return ok({ grant: renewed, token: await signGrant(signingSecret, renewed), credentials: credentials.value })
    },
  }
}

const refused = (code: Refusal['code'], more: Omit<Refusal, 'code'> = {}) =>
  ({ ok: false, failure: { code, ...more } }) as const

/** What the request's schema cannot know: sizes that the purpose allows, and ids that are there once. */
const objectionTo = ({ files }: GrantRequest, { maxSize }: PurposeSettings) => {
  const tooLarge = files.findIndex(({ size }) => size > maxSize)
  if (tooLarge !== -1) {
    return refused('too_large', { errors: [{ path: `/files/${tooLarge}/size`, message: `at most ${maxSize} bytes` }] })
  }
  const seen = new Set<string>()
  const repeated = files.findIndex(({ id }) => {
    const known = seen.has(id.toLowerCase())
    seen.add(id.toLowerCase())
    return known
  })
  if (repeated !== -1) {
    return refused('invalid_request', { errors: [{ path: `/files/${repeated}/id`, message: 'is there twice' }] })
  }
  return null
}
