import { z } from 'zod'
import { type Context, conditionHolds, conditionSchema } from './condition.ts'
import { matchesPattern } from './pattern.ts'

const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)]).transform((value) => [value].flat())

const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore.refine((actions) => actions.every((action) => /^(\*|[\w-]+:.+)$/.test(action))),
  Resource: oneOrMore.refine((resources) => resources.every((resource) => /^(\*|arn:.*)$/s.test(resource))),
  Condition: conditionSchema.default({}),
})

const policySchema = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).default('2008-10-17'),
  Id: z.string().optional(),
  Statement: z.union([statementSchema, z.array(statementSchema).min(1)]).transform((value) => [value].flat()),
})

const bucketStatementSchema = statementSchema.extend({
  Effect: z.literal('Deny'),
  Principal: z.union([z.literal('*'), z.strictObject({ AWS: z.literal('*') })]),
})
const bucketPolicySchema = policySchema.extend({
  Statement: z
    .union([bucketStatementSchema, z.array(bucketStatementSchema).min(1)])
    .transform((value) => [value].flat()),
})

/** A policy that is fully understood. */
export type Policy = z.output<typeof policySchema>

/**
 * Parses a session policy; null where it is malformed, or says something that is not understood here (NotAction, NotResource,
 * Principal, other conditions): what cannot be enforced is refused, never ignored.
 */
export function parsePolicy(text: string): Policy | null {
  try {
    return policySchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** The same of a bucket's policy: everyone's (Principal `*`) Deny is all that is understood. */
export function parseBucketPolicy(text: string): Policy | null {
  try {
    return bucketPolicySchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** IAM's rule for one policy: a Deny wins, else an Allow allows, else nothing is allowed. */
export function policyAllows(policy: Policy, action: string, resource: string, context: Context): boolean {
  const effects = effectsOf(policy, action, resource, context)
  return effects.includes('Allow') && !effects.includes('Deny')
}

/** Whether it says Deny, which wins over every policy. */
export const policyDenies = (policy: Policy, action: string, resource: string, context: Context): boolean =>
  effectsOf(policy, action, resource, context).includes('Deny')

const effectsOf = (policy: Policy, action: string, resource: string, context: Context) => {
  const variables = policy.Version === '2012-10-17'
  return policy.Statement.filter(
    (statement) =>
      statement.Action.some((pattern) => matchesPattern(pattern.toLowerCase(), action.toLowerCase(), false)) &&
      statement.Resource.some((pattern) => matchesPattern(pattern, resource, variables)) &&
      conditionHolds(statement.Condition, context),
  ).map((statement) => statement.Effect)
}
