import { z } from 'zod'
import { purposesResponseSchema } from '../../shared/broker-api.ts'
import { baseAddressSchema, endpointSchema } from './store.ts'

export const tokenSchema = z.strictObject({
  token: z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces'),
  subject: purposesResponseSchema.shape.subject.shape.id,
  label: purposesResponseSchema.shape.subject.shape.label,
})

/** Of a subject, the issuer's address included; what the API takes. */
export const longestSubject = 300

/** Whose access tokens are taken. */
export const oidcSchema = z.strictObject({
  /** Its discovery document names the keys. */
  issuer: baseAddressSchema.max(150),
  /** Who the tokens must be meant for. */
  audience: z.string().min(1),
  /** Where a token says it; Cognito's say only for which client they are. */
  audienceClaim: z.enum(['aud', 'client_id']).default('aud'),
  /** Null: where the discovery document says. */
  jwksUri: endpointSchema.nullable().default(null),
  algorithms: z
    .array(z.enum(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']))
    .min(1)
    .default(['RS256', 'PS256', 'ES256', 'EdDSA']),
  /** A token must have one of the scopes, and one of the groups, where they are given. */
  scopes: z.array(z.string().min(1)).min(1).optional(),
  groups: z.array(z.string().min(1)).min(1).optional(),
  /** A claim's name, or the names that lead to one inside of others: `["realm_access", "roles"]`. */
  groupsClaim: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)], 'must be a name, or a list of names')
    .default('groups'),
  /** What people see; where it is not in the token, the subject. */
  labelClaim: z.string().min(1).default('name'),
  /** By which the clocks of issuer and broker may differ, in seconds. */
  clockTolerance: z.int().min(0).max(600).default(30),
})

export type OidcSettings = z.output<typeof oidcSchema>

/** A day is one of UTC. */
const perCaller = z.strictObject({
  requestsPerMinute: z.int().min(1).optional(),
  filesPerDay: z.int().min(1).optional(),
  bytesPerDay: z.int().min(1).optional(),
})

export const limitsSchema = z.strictObject({ user: perCaller.default({}), device: perCaller.default({}) })
