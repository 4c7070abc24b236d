import type { FastifyBaseLogger } from 'fastify'
import type { GrantKindName, Problem } from '../shared/broker-api.ts'
import type { UploadCall } from '../shared/broker-uploads.ts'
import type { Loss } from './objects/webhook-receiver.ts'

/** What the broker did of an upload. */
export type UploadStep = Exclude<UploadCall, 'sign' | 'parts'>

/** What the broker did or refused, for whom. Holds no token and no secret. */
export type AuditEntry =
  | {
      readonly event: 'grant'
      readonly subject: string
      readonly purpose: string
      readonly grantId: string
      readonly kind: GrantKindName
      readonly bucket: string
      readonly prefix: string
      readonly files: number
      readonly bytes: number
      /** Of the credentials; null where each request is signed. */
      readonly expiration: number | null
      /** Of the session policy, in per cent of what STS takes; null where STS does not tell. */
      readonly packedPolicySize: number | null
    }
  | {
      readonly event: 'renewal'
      readonly subject: string
      readonly purpose: string
      readonly grantId: string
      /** Of the credentials; null where each request is signed. */
      readonly expiration: number | null
      /** Of the session policy, in per cent of what STS takes; null where STS does not tell. */
      readonly packedPolicySize: number | null
    }
  | {
      readonly event: 'upload'
      readonly step: UploadStep
      readonly subject: string
      readonly purpose: string
      readonly grantId: string
      readonly prefix: string
      /** Of the object; null where it is not known. */
      readonly bytes: number | null
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
      readonly event: 'link'
      readonly subject: string
      readonly grantId: string
      readonly bucket: string
      readonly key: string
      readonly method: 'GET' | 'HEAD'
      readonly as: 'url' | 'cookies'
      /** Of the link. */
      readonly expiration: number
    }
  | {
      readonly event: 'webhook_lost'
      readonly subject: string
      readonly grantId: string
      readonly bucket: string
      readonly key: string
      readonly webhookId: string
      /** Its host. */
      readonly receiver: string
      readonly reason: Loss['reason']
      /** Of the receiver's last answer; null where there was none. */
      readonly status: number | null
    }
  | {
      readonly event: 'invitation'
      readonly subject: string
      readonly invitationId: string
      readonly purpose: string
      readonly expiresAt: number
      readonly maxBytes: number
      readonly maxFiles: number
    }
  | {
      readonly event: 'invitation_revoked'
      readonly subject: string
      readonly invitationId: string
      readonly purpose: string
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
