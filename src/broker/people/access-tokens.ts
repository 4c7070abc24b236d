import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose'
import { ok } from '../../shared/failure.ts'
import { longestSubject, type OidcSettings } from '../config/people.ts'
import { type Authenticate, bearerTokenOf, type Caller, nobody } from './caller.ts'
import { groupsOf, scopesOf, textOf } from './claims.ts'
import { IssuerAway, issuerKeys } from './issuer-keys.ts'

type Collaborators = Parameters<typeof issuerKeys>[1]

/** JWTs for other uses say so (`logout+jwt`, `dpop+jwt`); many issuers write none of RFC 9068's for access tokens. */
const types = new Set([undefined, 'jwt', 'at+jwt', 'application/at+jwt'])
const longestLabel = 200

/** Knows the people of an issuer by their access tokens (JWTs). */
export const authenticateAccessTokens = (oidc: OidcSettings, collaborators: Collaborators): Authenticate => {
  const keys = issuerKeys(oidc, collaborators)
  const { now } = collaborators
  const options = {
    issuer: oidc.issuer,
    algorithms: oidc.algorithms,
    clockTolerance: oidc.clockTolerance,
    requiredClaims: ['sub', 'exp'],
    ...(oidc.audienceClaim === 'aud' && { audience: oidc.audience }),
  }

  return async (authorization) => {
    const token = bearerTokenOf(authorization)
    // what can never be good needs no keys: its holder is told so also while the issuer is away
    if (token === null || !isOf(oidc, token, now())) return nobody
    try {
      const { payload } = await verify(token, keys, { ...options, currentDate: new Date(now()) })
      const caller = callerOf(payload, oidc)
      if (caller === null) return nobody
      return mayEnter(caller, oidc) ? ok(caller) : { ok: false, failure: { code: 'not_allowed' } }
    } catch (error) {
      if (error instanceof IssuerAway) return { ok: false, failure: { code: 'unavailable' } }
      if (error instanceof errors.JOSEError) return nobody
      throw error
    }
  }
}

/** A token that does not name its key may be by any that fits: while an issuer changes keys, there are several. */
const verify = async (token: string, keys: JWTVerifyGetKey, options: JWTVerifyOptions): Promise<JWTVerifyResult> => {
  try {
    return await jwtVerify(token, keys, options)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const key of error) {
      const verified = await jwtVerify(token, key, options).catch((refusal: unknown) => {
        if (refusal instanceof errors.JWSSignatureVerificationFailed) return null
        throw refusal
      })
      if (verified !== null) return verified
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** Whether a token says that it is an access token of the issuer, and still good. */
const isOf = ({ issuer, clockTolerance }: OidcSettings, token: string, now: number): boolean => {
  try {
    const { typ } = decodeProtectedHeader(token)
    const { iss, exp = 0 } = decodeJwt(token)
    return types.has(typ?.toLowerCase()) && iss === issuer && exp + clockTolerance > now / 1_000
  } catch {
    return false
  }
}

/** Null where the token is another client's, or bound to a key that its bearer would have to show. */
const callerOf = (claims: JWTPayload, oidc: OidcSettings): Caller | null => {
  const isForUs = oidc.audienceClaim === 'aud' || claims[oidc.audienceClaim] === oidc.audience
  const sub = textOf(claims.sub)
  // no issuer has a fragment, so those of two issuers are never the same
  const subject = `${claims.iss}#${sub}`
  if (!isForUs || sub === null || claims.cnf !== undefined || subject.length > longestSubject) return null
  const label = textOf(claims[oidc.labelClaim]) ?? sub
  return {
    subject,
    label: label.slice(0, longestLabel),
    scopes: scopesOf(claims),
    groups: groupsOf(claims, oidc.groupsClaim),
  }
}

const mayEnter = ({ scopes, groups }: Caller, oidc: OidcSettings): boolean =>
  (oidc.scopes === undefined || oidc.scopes.some((scope) => scopes.includes(scope))) &&
  (oidc.groups === undefined || oidc.groups.some((group) => groups.includes(group)))
