import { parsePolicy } from '../access/policy.ts'
import { StsError } from './sts-error.ts'

/** STS's limit of an inline session policy, in characters. */
export const longestPolicy = 2_048

/** The parameters of a request for a session. Each function throws the StsError of a parameter that STS would refuse. */
export type SessionRequest = ReadonlyMap<string, string>

const invalid = (message: string) => new StsError(400, 'ValidationError', message)

/** A parameter that must be there and match. */
export function textOf(request: SessionRequest, name: string, pattern: RegExp): string {
  const value = request.get(name)
  if (value === undefined || !pattern.test(value))
    throw invalid(
      `1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must match ${pattern}`,
    )
  return value
}

/** Seconds. */
export function durationOf(request: SessionRequest, least: number, most: number, otherwise: number): number {
  const text = request.get('DurationSeconds') ?? String(otherwise)
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most))
    throw invalid(
      `1 validation error detected: Value '${text}' at 'durationSeconds' failed to satisfy constraint: Member must have value from ${least} to ${most}`,
    )
  return value
}

/** The inline session policy's text; null: none was given. */
export function policyOf(request: SessionRequest): string | null {
  const policy = request.get('Policy')
  if (policy === undefined) return null
  if (policy.length === 0 || policy.length > longestPolicy)
    throw invalid(
      `1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length from 1 to ${longestPolicy}`,
    )
  if (parsePolicy(policy) === null)
    throw new StsError(
      400,
      'MalformedPolicyDocument',
      'The policy document is malformed, or uses what is not supported.',
    )
  return policy
}

/** Parameters that would narrow a session further must not be ignored. */
export function refuseUnsupported(request: SessionRequest): void {
  const name = [...request.keys()].find((key) =>
    /^(PolicyArns|Tags|TransitiveTagKeys|SourceIdentity|SerialNumber)\b/.test(key),
  )
  if (name !== undefined) throw new StsError(501, 'NotImplemented', `The parameter ${name} is not implemented.`)
}
