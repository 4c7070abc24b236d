import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client'
import type { AuditEntry } from './audit.ts'
import type { DeliveryOutcome } from './objects/webhooks.ts'
import type { AwsCall } from './watch-calls.ts'

/** An answer that was sent. */
type Answered = {
  readonly method: string
  /** Its pattern, null where there is nothing at the address. */
  readonly route: string | null
  readonly status: number
  readonly seconds: number
}

/** What a broker counts, for Prometheus. No label says whose request it was, or which key it named. */
export type Metrics = {
  readonly answered: (answer: Answered) => void
  readonly audited: (entry: AuditEntry) => void
  readonly called: (call: AwsCall) => void
  readonly delivered: (outcome: DeliveryOutcome) => void
  /** The text of `/metrics`, and its content type. */
  readonly contentType: string
  readonly text: () => Promise<string>
}

/** Seconds; finest about the target: what STS takes, and 50 ms. */
const buckets = [0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 20]

export const createMetrics = (): Metrics => {
  const register = new Registry()
  const registers = [register]
  collectDefaultMetrics({ register })
  const requests = new Histogram({
    name: 'longshore_request_seconds',
    help: 'Requests, by how long their answers took',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers,
  })
  const calls = new Histogram({
    name: 'longshore_aws_call_seconds',
    help: 'Calls of STS and of the store with all their tries, by how long they took',
    labelNames: ['service', 'operation', 'outcome'],
    buckets,
    registers,
  })
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[]) =>
    new Counter({ name: `longshore_${name}_total`, help, labelNames, registers })
  const events = counter('audit_events', 'Lines of the audit', ['event'])
  const refusals = counter('refusals', 'Requests that were refused', ['route', 'status', 'code'])
  const grants = counter('grants', 'Grants that were issued', ['purpose', 'kind'])
  const files = counter('granted_files', 'Files of the grants that were issued', ['purpose', 'kind'])
  const bytes = counter('granted_bytes', 'Bytes of the grants that were issued', ['purpose', 'kind'])
  const confirmed = counter('confirmed_objects', 'Objects that were looked at for clients', ['outcome'])
  const webhooks = counter('webhooks', 'Webhooks, by what became of them', ['outcome'])

  return {
    answered: ({ method, route, status, seconds }) =>
      requests.observe({ method, route: route ?? '', status: String(status) }, seconds),
    called: ({ service, operation, outcome, seconds }) => calls.observe({ service, operation, outcome }, seconds),
    delivered: (outcome) => webhooks.inc({ outcome }),
    audited: (entry) => {
      events.inc({ event: entry.event })
      switch (entry.event) {
        case 'grant': {
          const labels = { purpose: entry.purpose, kind: entry.kind }
          grants.inc(labels)
          files.inc(labels, entry.files)
          bytes.inc(labels, entry.bytes)
          break
        }
        case 'confirm':
          for (const outcome of ['same', 'different', 'absent'] as const) confirmed.inc({ outcome }, entry[outcome])
          break
        case 'refusal':
          refusals.inc({ route: entry.route ?? '', status: String(entry.status), code: entry.code })
          break
      }
    },
    contentType: register.contentType,
    text: () => register.metrics(),
  }
}
