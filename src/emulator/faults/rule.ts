import { z } from 'zod'
import { operationNames } from '../operations/route.ts'
import { statusOf } from '../s3-error.ts'

const stsOperations = ['GetFederationToken', 'AssumeRole', 'GetCallerIdentity'] as const
const operationSchema = z.enum([...operationNames, ...stsOperations])

/** An operation of the emulated S3 or STS. */
export type ServedOperation = z.infer<typeof operationSchema>

export const isStsOperation = (name: string): name is (typeof stsOperations)[number] =>
  stsOperations.some((operation) => operation === name)

const count = z.int().nonnegative()
const positive = z.int().positive()
const code = z.string().regex(/^\w+$/)

const faultSchema = z.discriminatedUnion('kind', [
  /** Begins the work so much later. */
  z.strictObject({ kind: z.literal('delay'), ms: count }),
  /** Takes this request's body no faster. */
  z.strictObject({ kind: z.literal('rate'), bytesPerSecond: positive }),
  /** Takes so many bytes of the body, or all where it has fewer, then ends the connection; does no work. */
  z.strictObject({ kind: z.literal('drop'), afterBytes: count }),
  /** A TCP reset at once; does no work. */
  z.strictObject({ kind: z.literal('reset') }),
  /** An error document; does no work. `status` is needed where the code is none of S3's; `retryAfter` is in seconds. */
  z.strictObject({
    kind: z.literal('error'),
    code,
    status: z.int().min(400).max(599).optional(),
    retryAfter: count.optional(),
  }),
  /** Status 200 with an error document, as CompleteMultipartUpload may answer; does no work unless told to. */
  z.strictObject({ kind: z.literal('errorInBody'), code, afterWork: z.boolean().optional() }),
  /** Does the work, then ends the connection without a byte of answer. */
  z.strictObject({ kind: z.literal('loseAnswer') }),
  /**
   * Waits to be released: before the work, with the whole body received (in memory), or after it, before the answer. A
   * client that goes away meanwhile ends it: then work that was not yet done is not done.
   */
  z.strictObject({ kind: z.literal('hold'), when: z.enum(['before', 'after']) }),
  /** Flips one bit of the body as it arrives, before anything is verified; does nothing to a shorter body. */
  z.strictObject({ kind: z.literal('corrupt'), atByte: count }),
  /** The multipart upload that the request names is gone, as if the lifecycle rule had just taken it; then goes on. */
  z.strictObject({ kind: z.literal('forgetUpload') }),
])
export type Fault = Readonly<z.infer<typeof faultSchema>>

const onlyOfS3: readonly Fault['kind'][] = ['rate', 'errorInBody', 'corrupt', 'forgetUpload']

/** Whether the fault can happen to the operation: a request to STS is small, read before it is understood, and names no upload. */
export const concerns = (fault: Fault, operation: ServedOperation): boolean =>
  !(isStsOperation(operation) && onlyOfS3.includes(fault.kind))

/** What happens to which operations, as the switchboard is told. What `match` does not name may be anything. */
export const ruleSchema = z
  .strictObject({
    match: z
      .strictObject({
        operation: operationSchema.optional(),
        /** With `*` for any run of characters and `?` for one. */
        key: z.string().optional(),
        partNumber: positive.max(10_000).optional(),
        /** The first match that counts, from 1. */
        nth: positive.optional(),
        /** How many matches count from there on: 1 where `nth` is given, else all. */
        times: positive.optional(),
      })
      .default({}),
    fault: faultSchema,
  })
  .superRefine(({ match, fault }, context) => {
    const refuse = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['fault', field], message })
    if (fault.kind === 'error' && fault.status === undefined && statusOf(fault.code) === null)
      refuse('status', `${fault.code} is none of S3's codes: say which status it has`)
    if (match.operation !== undefined && !concerns(fault, match.operation))
      refuse('kind', `${fault.kind} does not happen to ${match.operation}`)
  })
export type Rule = z.input<typeof ruleSchema>
