import { S3Client } from '@aws-sdk/client-s3'
import type { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Destination } from '../../../shared/broker-api.ts'
import type { Result, ServerFailure } from '../../../shared/failure.ts'
import type { Capabilities } from './capabilities.ts'
import type { Connections } from './connections.ts'
import { HeedRetryAfter } from './heed-retry-after.ts'
import type { StoreResult } from './object-store.ts'
import { mendable, outcomeOf } from './outcome-of.ts'

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
  readonly now: () => number
  readonly connections: Connections
  readonly capabilities: Capabilities
  /** Aborts when nothing more may be sent for this person. */
  readonly left: AbortSignal
  /** The way to the store is open: it answered, whatever it said, unless everything has to wait for the cause. */
  onAnswer(): void
}

/** The SDK's clients for one grant. */
export function createAwsClient(
  { region, endpoint, addressing, accelerate, dualStack }: Destination,
  { connections, left, onAnswer }: StoreTools,
  credentials: CredentialSource,
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
        useAccelerateEndpoint: accelerate,
        useDualstackEndpoint: dualStack,
        useArnRegion: true,
        credentials: keys,
        systemClockOffset: clockOffset,
        retryStrategy: new HeedRetryAfter(),
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
        const outcome = await outcomeOf(work(clientsFor(current.value), options), onAnswer)
        if (outcome.ok) return outcome
        const { kind } = outcome.failure
        if (kind === 'clock_skew' && !retimed) {
          // the SDK has set its clock by the answer's Date by now
          retimed = true
          continue
        }
        if (renewed || !mendable.has(kind)) return outcome
        renewed = true
        current = await credentials.renew(current.value)
      }
    },
  }
}
