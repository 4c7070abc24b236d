import type { FastifyBaseLogger } from 'fastify'
import type { Problem } from '../shared/broker-api.ts'

/** What the broker did or refused, for whom. Holds no token and no secret. */
type AuditEntry =
  | {
      readonly event: 'grant'
      readonly subject: string
      readonly purpose: string
      readonly grantId: string
      readonly bucket: string
      readonly prefix: string
      readonly files: number
      readonly bytes: number
      readonly expiration: number
    }
  | {
      readonly event: 'renewal'
      readonly subject: string
      readonly purpose: string
      readonly grantId: string
      readonly expiration: number
    }
  | {
      readonly event: 'confirm'
      readonly subject: string
      readonly grantId: string
      readonly same: number
      readonly different: number
      readonly absent: number
    }
  | {
      readonly event: 'refusal'
      readonly subject: string | null
      readonly route: string | null
      readonly code: Problem['code']
      readonly status: number
    }

/** One line of the log, with the request's id. */
export const audit = (log: FastifyBaseLogger, entry: AuditEntry): void => log.info({ audit: entry }, 'audit')
