import { z } from 'zod'
import { largestObject, purposesResponseSchema } from '../shared/broker-api.ts'
import { isSafeAddress } from '../shared/safe-address.ts'
import { dropTemplate, keyTemplateProblems } from './key-template.ts'

const endpointSchema = z.string().refine(isSafeAddress, 'must be an https address, or http on loopback')

const keyTemplateSchema = z
  .strictObject({ prefix: z.string(), suffix: z.string() })
  .superRefine((template, context) => {
    for (const { field, message } of keyTemplateProblems(template)) {
      context.addIssue({ code: 'custom', path: [field], message })
    }
  })

const purposeSchema = z.strictObject({
  ...purposesResponseSchema.shape.purposes.element.shape,
  keyTemplate: keyTemplateSchema.default(dropTemplate),
  /** The largest file in bytes. */
  maxSize: z.int().min(0).max(largestObject).default(largestObject),
})

const tokenSchema = z.strictObject({
  token: z.string().regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces'),
  subject: purposesResponseSchema.shape.subject.shape.id,
  label: purposesResponseSchema.shape.subject.shape.label,
})

const isUnique = (values: readonly unknown[]): boolean => new Set(values).size === values.length

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
    /** Signs grant tokens and derives prefixes; the same for all replicas. */
    signingSecret: z.string().refine((secret) => Buffer.byteLength(secret) >= 32, 'must have at least 32 bytes'),
    /** Static bearer tokens, for development. */
    tokens: z
      .array(tokenSchema)
      .refine((tokens) => isUnique(tokens.map(({ token }) => token)), 'must not hold a token twice')
      .default([]),
    store: z.strictObject({
      bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
      region: z.string().min(1),
      /** Null: AWS's own endpoint of the region. */
      endpoint: endpointSchema.nullable().default(null),
      /** What clients are told, where they reach the store by another address than the broker. */
      publicEndpoint: endpointSchema.optional(),
      addressing: z.enum(['virtual_host', 'path']).default('virtual_host'),
    }),
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
  .refine(({ sts, sessionSeconds }) => sts.roleArn === undefined || sessionSeconds <= mostRoleSeconds, {
    path: ['sessionSeconds'],
    message: `must be at most ${mostRoleSeconds} for the sessions of a role`,
  })

/** What an operator writes. */
export type BrokerConfig = z.input<typeof brokerConfigSchema>
/** The same, checked and with its defaults. */
export type BrokerSettings = z.output<typeof brokerConfigSchema>
export type PurposeSettings = BrokerSettings['purposes'][number]
