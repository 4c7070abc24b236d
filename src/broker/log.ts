import type { FastifyServerOptions } from 'fastify'
import type { AuditEntry } from './audit.ts'
import type { BrokerSettings } from './config/config.ts'

type LogOptions = {
  readonly level: BrokerSettings['logLevel']
  /** Takes lines of JSON. */
  readonly stream: { write(line: string): void }
  /** Hears of each audit entry, whatever is written. */
  readonly onAudit: (entry: AuditEntry) => void
}

/** Pino's numbers. */
const levels = { debug: 20, info: 30, warn: 40, error: 50, silent: Number.POSITIVE_INFINITY } as const

/** Fields that never belong in a log, wherever a mistake might put them. */
const secretFields = [
  'authorization',
  'cookie',
  'token',
  'grant',
  'proof',
  'credentials',
  'secretAccessKey',
  'sessionToken',
  'signingSecret',
  'privateKey',
  'secret',
  'url',
  'link',
  'uploadId',
]

/** The last net, for secrets inside of texts such as an error's message: JWTs, bearer tokens, signed queries. */
const secretTexts =
  /eyJ[\w-]{8,}(\.[\w-]*)+|(?<=Bearer )[\x21\x23-\x5b\x5d-\x7e]+|(?<=X-Amz-(?:Signature|Credential|Security-Token)=)[^&"\s\\]+/gi

/**
 * How Fastify's pino logs. Audit entries are written at every level but `silent`. Of an error only its kind, message and
 * stack are: those of the SDK carry whole answers.
 */
export const logOptions = ({ level, stream, onAudit }: LogOptions): FastifyServerOptions['logger'] & object => ({
  level: level === 'debug' ? 'debug' : 'info',
  stream: { write: (line: string) => stream.write(line.replace(secretTexts, '[redacted]')) },
  redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]), censor: '[redacted]' },
  serializers: {
    err: (error: Error & { readonly code?: unknown }) => ({
      type: error.name,
      message: error.message,
      stack: error.stack ?? '',
      ...(error.code !== undefined && { code: String(error.code) }),
    }),
  },
  hooks: {
    logMethod(args, method, number) {
      const entry = auditOf(args[0])
      if (entry !== null) onAudit(entry)
      if (level !== 'silent' && (entry !== null || number >= levels[level])) method.apply(this, args)
    },
  },
})

const auditOf = (logged: unknown): AuditEntry | null =>
  typeof logged === 'object' && logged !== null && 'audit' in logged ? (logged.audit as AuditEntry) : null
