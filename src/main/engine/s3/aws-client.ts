import { S3Client } from '@aws-sdk/client-s3'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Destination } from '../../../shared/broker-api.ts'
import { dispositionOf, type Failure, type Result, type ServerFailure } from '../../../shared/failure.ts'
import type { Capabilities } from './capabilities.ts'
import { classify, isAnswer } from './classify.ts'
import type { Connections } from './connections.ts'
import { HeedRetryAfter } from './heed-retry-after.ts'
import type { StoreResult } from './object-store.ts'

/** What a session may sign with, and the server's clock less ours in ms. No expiry: we renew, the SDK never decides. */
export type StoreCredentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly clockOffset: number
}

/** Credentials of one grant. `current` renews ahead of their end; `renew` replaces `refused` ones that the store did not take. */
export type CredentialSource = {
  current(): Promise<Result<StoreCredentials, ServerFailure>>
  renew(refused: StoreCredentials): Promise<Result<StoreCredentials, ServerFailure>>
}

/** `patient` waits for Complete. */
export type Clients = { readonly credentials: StoreCredentials; readonly usual: S3Client; readonly patient: S3Client }

/** Of the SDK's own attempts within one call; what lasts longer is the scheduler's. */
const attempts = 3

/**
 * What the store may say of credentials, or of the clock they came with, that others would mend. Access denied is among
 * them because Ceph says it of an expired session.
 */
const mendable: ReadonlySet<Failure['kind']> = new Set(['expired', 'access_denied', 'clock_skew'])

/** What a request is sent with: it ends with its own signal, or when the person has left. */
type SendOptions = { readonly abortSignal: AbortSignal }

export type AwsClient = {
  /** One call of the store; with credentials that it does not take, once more with renewed ones. Rejects only when aborted. */
  call<Value>(
    work: (clients: Clients, options: SendOptions) => Promise<Value>,
    signal?: AbortSignal,
  ): Promise<StoreResult<Value>>
}

/** What all calls of one grant's store share. */
export type StoreTools = {
  readonly credentials: CredentialSource
  readonly connections: Connections
  readonly capabilities: Capabilities
  /** Aborts when nothing more may be sent for this person. */
  readonly left: AbortSignal
  /** The way to the store is open: it answered, whatever it said, unless everything has to wait for the cause. */
  onAnswer(): void
}

/** The SDK's clients for one grant. */
export function createAwsClient(
  { region, endpoint, addressing }: Destination,
  { credentials, connections, left, onAnswer }: StoreTools,
): AwsClient {
  let clients: Clients | null = null

  /** A client keeps the credentials it began with and its guess of the clock, so new credentials get new clients. */
  function clientsFor(current: StoreCredentials): Clients {
    if (clients?.credentials === current) return clients
    const { clockOffset, ...keys } = current
    const client = (requestHandler: NodeHttpHandler) =>
      new S3Client({
        region,
        ...(endpoint === null ? {} : { endpoint }),
        forcePathStyle: addressing === 'path',
        credentials: keys,
        systemClockOffset: clockOffset,
        retryStrategy: new HeedRetryAfter(attempts),
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
        expectContinueHeader: false,
        requestHandler,
      })
    clients = { credentials: current, usual: client(connections.usual), patient: client(connections.patient) }
    return clients
  }

  return {
    async call(work, signal) {
      const options = { abortSignal: signal === undefined ? left : AbortSignal.any([left, signal]) }
      let current = await credentials.current()
      let retimed = false
      let renewed = false
      for (;;) {
        if (!current.ok) return { ok: false, failure: { retryAfter: null, ...current.failure, unclear: false } }
        try {
          const value = await work(clientsFor(current.value), options)
          onAnswer()
          return { ok: true, value }
        } catch (error) {
          if ((error as Error).name === 'AbortError') throw error
          const failure = classify(error)
          if (isAnswer(error) && dispositionOf(failure.kind) !== 'hold') onAnswer()
          if (failure.kind === 'clock_skew' && !retimed) {
            // the SDK has set its clock by the answer's Date by now
            retimed = true
            continue
          }
          if (renewed || !mendable.has(failure.kind)) return { ok: false, failure }
          renewed = true
          current = await credentials.renew(current.value)
        }
      }
    },
  }
}
