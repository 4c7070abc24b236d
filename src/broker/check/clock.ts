import type { S3Client } from '@aws-sdk/client-s3'
import type { STSClient } from '@aws-sdk/client-sts'
import type { Probe } from '../readiness.ts'
import { type Finding, fine, unseen, wrong } from './finding.ts'

/** S3 refuses a request that is 15 minutes off; grants tell clients this machine's time. */
const mostSkew = 60_000

/** Whether this machine's clock goes with that of whoever answers the client's call, by the Date of its answer. */
export const checkClock = async (
  service: string,
  client: S3Client | STSClient,
  call: Probe,
  now: () => number,
): Promise<Finding> => {
  const check = `clock, against ${service}`
  const { stack, date } = readDate(client)
  const askedAt = now()
  await call().catch(() => null)
  const answeredAt = now()
  stack.remove('readDate')
  const told = Date.parse(date() ?? '')
  if (Number.isNaN(told)) return unseen(check, 'no answer told the time', 'see whether it can be reached')
  // The answer's Date has whole seconds.
  const ahead = askedAt - (told + 1_000)
  const behind = told - answeredAt
  const skew = Math.max(ahead, behind, 0)
  const words = `this machine's is ${Math.round(skew / 1_000)} s ${ahead > behind ? 'ahead' : 'behind'}`
  return skew <= mostSkew
    ? fine(check, skew === 0 ? 'agrees' : words)
    : wrong(check, words, 'let the machine take its time from a time server (NTP)')
}

type Next = (args: never) => Promise<{ readonly response?: unknown }>
type Stack = {
  add(middleware: (next: Next) => Next, options: { step: 'deserialize'; priority: 'low'; name: string }): void
  remove(name: string): boolean
}

const readDate = (client: unknown): { readonly stack: Stack; readonly date: () => string | undefined } => {
  const { middlewareStack: stack } = client as { middlewareStack: Stack }
  let date: string | undefined
  stack.add(
    (next) => async (args) => {
      const result = await next(args)
      date = (result.response as { headers?: Record<string, string> } | undefined)?.headers?.date
      return result
    },
    { step: 'deserialize', priority: 'low', name: 'readDate' },
  )
  return { stack, date: () => date }
}
