import { z } from 'zod'
import { matchesPattern } from './pattern.ts'

const oneOrMore = z.union([z.string(), z.array(z.string()).min(1)]).transform((value) => [value].flat())

const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMore.refine((actions) => actions.every((action) => /^(\*|[\w-]+:.+)$/.test(action))),
  Resource: oneOrMore.refine((resources) => resources.every((resource) => /^(\*|arn:.*)$/s.test(resource))),
})

const policySchema = z.strictObject({
  Version: z.enum(['2012-10-17', '2008-10-17']).default('2008-10-17'),
  Id: z.string().optional(),
  Statement: z.union([statementSchema, z.array(statementSchema).min(1)]).transform((value) => [value].flat()),
})

/** A policy that is fully understood. */
export type Policy = z.output<typeof policySchema>

/**
 * Parses a session policy; null where it is malformed, or says something that is not understood here (Condition, NotAction,
 * NotResource, Principal): what cannot be enforced is refused, never ignored.
 */
export function parsePolicy(text: string): Policy | null {
  try {
    return policySchema.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

/** IAM's rule for one policy: a Deny wins, else an Allow allows, else nothing is allowed. */
export function policyAllows(policy: Policy, action: string, resource: string): boolean {
  const variables = policy.Version === '2012-10-17'
  const effects = policy.Statement.filter(
    (statement) =>
      statement.Action.some((pattern) => matchesPattern(pattern.toLowerCase(), action.toLowerCase(), false)) &&
      statement.Resource.some((pattern) => matchesPattern(pattern, resource, variables)),
  ).map((statement) => statement.Effect)
  return effects.includes('Allow') && !effects.includes('Deny')
}
