import { ErrorAnswer } from '../s3-error.ts'
import { type Answer, emptyAnswer } from '../wire/answer.ts'
import type { ReceivedRequest } from '../wire/received-request.ts'

/** One rule of a bucket's CORS configuration, as the API reference names its elements. */
export type CorsRule = {
  readonly ID?: string | undefined
  /** Each with at most one `*`, which stands for any text. */
  readonly AllowedOrigin: readonly string[]
  readonly AllowedMethod: readonly string[]
  readonly AllowedHeader?: readonly string[] | undefined
  readonly ExposeHeader?: readonly string[] | undefined
  readonly MaxAgeSeconds?: number | undefined
}

const matches = (pattern: string, text: string): boolean => {
  const [start = '', end] = pattern.toLowerCase().split('*')
  const lower = text.toLowerCase()
  if (end === undefined) return lower === start
  return lower.length >= start.length + end.length && lower.startsWith(start) && lower.endsWith(end)
}

const listOf = (header: string | undefined): string[] =>
  (header ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')

/** The first rule that fits, which is the one that S3 goes by. */
const ruleFor = (rules: readonly CorsRule[], origin: string, method: string, headers: readonly string[]) =>
  rules.find(
    (rule) =>
      rule.AllowedOrigin.some((pattern) => matches(pattern, origin)) &&
      rule.AllowedMethod.includes(method) &&
      headers.every((header) => rule.AllowedHeader?.some((pattern) => matches(pattern, header))),
  )

const headersOf = (rule: CorsRule, origin: string): Record<string, string> => {
  const isOpen = rule.AllowedOrigin.includes('*')
  return {
    'access-control-allow-origin': isOpen ? '*' : origin,
    'access-control-allow-methods': rule.AllowedMethod.join(', '),
    ...(rule.ExposeHeader && { 'access-control-expose-headers': rule.ExposeHeader.join(', ') }),
    ...(rule.MaxAgeSeconds !== undefined && { 'access-control-max-age': String(rule.MaxAgeSeconds) }),
    ...(!isOpen && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  }
}

/** What an answer to a page of another origin carries besides, so that its browser lets it read it; errors have it, too. */
export const corsHeaders = (
  rules: readonly CorsRule[],
  { method, headers }: ReceivedRequest,
): Record<string, string> => {
  const { origin } = headers
  const rule = origin === undefined ? undefined : ruleFor(rules, origin, method, [])
  return rule === undefined || origin === undefined ? {} : headersOf(rule, origin)
}

/** The answer to a browser that asks, unsigned, whether a page may send a request. Throws what S3 answers where it may not. */
export const preflight = (rules: readonly CorsRule[], { headers }: ReceivedRequest): Answer => {
  const { origin, 'access-control-request-method': method } = headers
  if (origin === undefined)
    throw new ErrorAnswer(400, 'BadRequest', 'Insufficient information. Origin request header needed.')
  if (method === undefined) throw new ErrorAnswer(400, 'BadRequest', 'Invalid Access-Control-Request-Method: null')
  if (rules.length === 0)
    throw new ErrorAnswer(403, 'AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.')
  const wanted = listOf(headers['access-control-request-headers'])
  const rule = ruleFor(rules, origin, method, wanted)
  if (rule === undefined) {
    const message =
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."
    throw new ErrorAnswer(403, 'AccessForbidden', message)
  }
  return emptyAnswer(200, {
    ...headersOf(rule, origin),
    ...(wanted.length > 0 && { 'access-control-allow-headers': wanted.map((name) => name.toLowerCase()).join(', ') }),
  })
}
