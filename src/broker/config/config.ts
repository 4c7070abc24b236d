import { z } from 'zod'
import { isOfAws } from '../policy/arn.ts'
import { linksSchema } from './links.ts'
import { limitsSchema, oidcSchema, tokenSchema } from './people.ts'
import { policyProblems } from './policy-problems.ts'
import { purposeSchema } from './purpose.ts'
import { baseAddressSchema, endpointSchema, storeSchema } from './store.ts'
import { webhookSchema } from './webhooks.ts'

const isUnique = (values: readonly unknown[]): boolean => new Set(values).size === values.length

const areNamed = (purposes: readonly { readonly name: string }[], names: readonly string[]): boolean =>
  names.every((name) => purposes.some((purpose) => purpose.name === name))

/** The limits of `DurationSeconds`; the least is the same for GetFederationToken and AssumeRole. */
const leastSessionSeconds = 900
const mostFederationSeconds = 129_600
const mostRoleSeconds = 43_200

/** Ceph's have a tenant, or nothing, in place of the account. */
const roleArn = /^arn:[a-z-]+:iam::[\w-]*:role\/[\w+=,.@/-]+$/

export const brokerConfigSchema = z
  .strictObject({
    /** The organisation's name for it, shown to people. */
    name: z.string().min(1).max(200).default('Longshore'),
    host: z.string().min(1).default('127.0.0.1'),
    /** 0: one that the system chooses. */
    port: z.int().min(0).max(65_535).default(8080),
    /** Where `/metrics` is served, on the same host; left out: on `port`. */
    metricsPort: z.int().min(0).max(65_535).optional(),
    /** How long a broker that was told to end says that it is not ready before it stops listening. */
    drainSeconds: z.number().min(0).max(300).default(0),
    /** Signs grant tokens and derives prefixes; the same for all replicas. */
    signingSecret: z.string().refine((secret) => Buffer.byteLength(secret) >= 32, 'must have at least 32 bytes'),
    /** The address by which people reach the broker; needed for invitations. */
    publicUrl: baseAddressSchema.optional(),
    /** Addresses of proxies whose `X-Forwarded-For` is believed. */
    trustedProxies: z
      .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], 'must be an IP address, or a range of them (CIDR)'))
      .default([]),
    /** Access tokens of an issuer. */
    oidc: oidcSchema.optional(),
    /** Static bearer tokens, for development. */
    tokens: z
      .array(tokenSchema)
      .refine((tokens) => isUnique(tokens.map(({ token }) => token)), 'must not hold a token twice')
      .default([]),
    store: storeSchema,
    sts: z
      .strictObject({
        endpoint: endpointSchema.nullable().default(null),
        /** Sessions are of this role (AssumeRole); without it they are federation tokens of the broker's IAM user. */
        roleArn: z.string().regex(roleArn, 'must be the ARN of a role').optional(),
      })
      .default({ endpoint: null }),
    /** The broker's own keys; else the SDK's default chain finds them. */
    awsCredentials: z.strictObject({ accessKeyId: z.string().min(1), secretAccessKey: z.string().min(1) }).optional(),
    purposes: z
      .array(purposeSchema)
      .min(1)
      .refine((purposes) => isUnique(purposes.map(({ name }) => name)), 'must not hold a name twice'),
    limits: limitsSchema.default({ user: {}, device: {} }),
    /** Where replicas share their counters; without it each counts for itself. */
    redisUrl: z
      .string()
      .regex(/^rediss?:\/\//, 'must begin with redis:// or rediss://')
      .optional(),
    /** A file of JSON, `{subjects, devices, grants}`, read again when it changes. */
    denyFile: z.string().min(1).optional(),
    links: linksSchema.optional(),
    webhooks: z.array(webhookSchema).default([]),
    /** How long a grant's credentials live. Under 900 s only with an STS that is not AWS's. */
    sessionSeconds: z.int().min(1).max(mostFederationSeconds).default(3_600),
    /** How long a grant can be renewed after its last renewal. */
    renewDays: z.number().min(0).max(365).default(14),
    logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
  })
  .refine(({ sts, sessionSeconds }) => sts.endpoint !== null || sessionSeconds >= leastSessionSeconds, {
    path: ['sessionSeconds'],
    message: `must be at least ${leastSessionSeconds}`,
  })
  .refine(({ sts, purposes }) => sts.roleArn !== undefined || purposes.every(({ kind }) => kind !== 'assumed_role'), {
    path: ['sts', 'roleArn'],
    message: 'must be set for purposes of the kind assumed_role',
  })
  .refine(({ webhooks, purposes }) => webhooks.every((webhook) => areNamed(purposes, webhook.purposes ?? [])), {
    path: ['webhooks'],
    message: 'must name purposes that there are',
  })
  .refine(({ publicUrl, purposes }) => publicUrl !== undefined || purposes.every(({ invitations }) => !invitations), {
    path: ['publicUrl'],
    message: 'must be set for purposes with invitations',
  })
  .refine(({ sts, sessionSeconds }) => sts.roleArn === undefined || sessionSeconds <= mostRoleSeconds, {
    path: ['sessionSeconds'],
    message: `must be at most ${mostRoleSeconds} for the sessions of a role`,
  })
  .superRefine(({ store, sts, purposes }, context) => {
    const reader = { kms: isOfAws(sts.endpoint) }
    for (const [index, purpose] of purposes.entries()) {
      for (const { path, message } of policyProblems(store, reader, purpose)) {
        context.addIssue({ code: 'custom', path: ['purposes', index, ...path], message })
      }
    }
  })
  .transform(({ purposes, ...config }) => ({
    ...config,
    purposes: purposes.map(({ kind, ...purpose }) => ({
      ...purpose,
      kind: kind ?? (config.sts.roleArn === undefined ? 'federation_token' : 'assumed_role'),
    })),
  }))

/** What an operator writes. */
export type BrokerConfig = z.input<typeof brokerConfigSchema>
/** The same, checked and with its defaults. */
export type BrokerSettings = z.output<typeof brokerConfigSchema>
export type PurposeSettings = BrokerSettings['purposes'][number]
