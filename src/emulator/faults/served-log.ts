import { z } from 'zod'
import { ErrorAnswer } from '../s3-error.ts'
import type { Answer } from '../wire/answer.ts'
import { parameter, type ReceivedRequest } from '../wire/received-request.ts'
import type { NamedOperation } from './active-rule.ts'

/** An operation that is over: answered, or cut off. */
export type Served = NamedOperation & {
  /** When the request arrived; epoch milliseconds. */
  readonly at: number
  /** Of the body, as the operation took them. */
  readonly bytes: number
  /** Null: the connection ended before there was an answer. */
  readonly status: number | null
  /** The error's code in the answer. */
  readonly code: string | null
  /** Whether the operation did its work, whatever was answered. */
  readonly stored: boolean
  /** Of whoever said to have signed the request. */
  readonly accessKeyId: string | null
  /** As the request names it, base64: of the bytes that were stored, where the work was done. */
  readonly crc32: string | null
}

/** Fields that must be equal, read from the texts of a query. */
export const servedFilterSchema = z.strictObject({
  operation: z.string().exactOptional(),
  key: z.string().exactOptional(),
  partNumber: z.coerce.number().exactOptional(),
  status: z.preprocess((status) => (status === 'null' ? null : status), z.coerce.number().nullable()).exactOptional(),
  stored: z
    .enum(['true', 'false'])
    .transform((stored) => stored === 'true')
    .exactOptional(),
  accessKeyId: z.string().exactOptional(),
})
export type ServedFilter = Readonly<z.infer<typeof servedFilterSchema>>

/** Enough for nine uploads of 10,000 parts, after a tenth of it was forgotten. */
const mostKept = 100_000

const accessKeyIdOf = (request: ReceivedRequest): string | null =>
  /Credential=([^/,]+)\//.exec(request.headers.authorization ?? '')?.[1] ??
  parameter(request, 'X-Amz-Credential')?.split('/')[0] ??
  null

/** The log of what was served: of the latest operations, at most 100,000. */
export function openServedLog(now: () => number) {
  const log: Served[] = []
  return {
    served: (filter: ServedFilter = {}): readonly Served[] =>
      log.filter((entry) => Object.entries(filter).every(([field, value]) => entry[field as keyof Served] === value)),
    /** Serves a request and enters it. `serve` calls `done` when the work was done. */
    async record(
      { operation, key, partNumber }: NamedOperation,
      request: ReceivedRequest,
      serve: (request: ReceivedRequest, done: () => void) => Promise<Answer>,
    ): Promise<Answer> {
      const at = now()
      let bytes = 0
      let stored = false
      const enter = (status: number, code: string | null) => {
        const cut = request.gone.aborted
        const answered = { status: cut ? null : status, code: cut ? null : code }
        const accessKeyId = accessKeyIdOf(request)
        const crc32 = request.headers['x-amz-checksum-crc32'] ?? null
        log.push({ at, operation, key, partNumber, bytes, ...answered, stored, accessKeyId, crc32 })
        if (log.length > mostKept) log.splice(0, mostKept / 10)
      }
      const counted = async function* (): AsyncGenerator<Uint8Array> {
        for await (const piece of request.bytes()) {
          bytes += piece.length
          yield piece
        }
      }
      try {
        const answer = await serve({ ...request, bytes: counted }, () => {
          stored = true
        })
        enter(answer.status, null)
        return answer
      } catch (error) {
        if (error instanceof ErrorAnswer) enter(error.status, error.code)
        else enter(500, 'InternalError')
        throw error
      }
    },
  }
}
