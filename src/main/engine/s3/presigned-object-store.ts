import type { Destination } from '../../../shared/broker-api.ts'
import { kinds } from '../../../shared/broker-kinds.ts'
import {
  mostSignedParts,
  type SignedRequest,
  type UploadCall,
  type UploadRequest,
  type UploadResponse,
} from '../../../shared/broker-uploads.ts'
import { ok, type Result, type ServerFailure } from '../../../shared/failure.ts'
import type { StoreTools } from './aws-client.ts'
import { batching } from './batching.ts'
import { discoveringStore } from './discovering-store.ts'
import type { ObjectStore, StoreResult } from './object-store.ts'
import { mendable, outcomeOf } from './outcome-of.ts'
import { type SentAnswer, signedSender } from './send-signed.ts'
import type { CheckedBody, StoreCalls } from './store-calls.ts'
import { told, unquoted } from './told.ts'
import { unlessAborted } from './unless-aborted.ts'

type Answered<Value> = Result<Value, ServerFailure>

/** What can be asked of the broker about one grant. */
export type GrantAtBroker = {
  renew(): Promise<Answered<unknown>>
  upload<Call extends UploadCall>(call: Call, request: UploadRequest<Call>): Promise<Answered<UploadResponse<Call>>>
}

/** A grant that was renewed in so many ms before an upload begins outlives that upload. */
const renewalInterval = 86_400_000

/**
 * The store of a grant without credentials: bytes go to the store by requests that the broker signs, all else the broker
 * does. `renewedAt`: when the grant was asked for or renewed last, null where that is not known.
 */
export function createPresignedObjectStore(
  { kind, options }: Destination,
  tools: StoreTools,
  broker: GrantAtBroker,
  renewedAt: number | null,
): ObjectStore {
  const calls = presignedCalls(tools, broker, renewedAt)
  return discoveringStore(
    kinds[kind].multipart ? calls : { ...calls, ...withoutMultipart },
    tools.capabilities,
    options,
  )
}

function presignedCalls(tools: StoreTools, broker: GrantAtBroker, renewedAt: number | null): StoreCalls {
  const { connections, left, onAnswer, now } = tools
  const send = signedSender(connections)

  async function ask<Call extends UploadCall>(
    call: Call,
    request: UploadRequest<Call>,
  ): Promise<StoreResult<UploadResponse<Call>>> {
    return ofBroker(await broker.upload(call, request))
  }

  /** Sends bytes by a request that is signed for them; where the store does not take it, once more by a new one. */
  async function sendSigned<Value>(
    sign: () => Promise<StoreResult<SignedRequest>>,
    body: CheckedBody,
    read: (answer: SentAnswer, method: SignedRequest['method']) => Value,
    signal: AbortSignal,
  ): Promise<StoreResult<Value>> {
    for (let signedAnew = false; ; signedAnew = true) {
      const signed = await sign()
      if (!signed.ok) return signed
      const { value: request } = signed
      const sent = send(request, body, signal).then((answer) => read(answer, request.method))
      const outcome = await outcomeOf(sent, onAnswer)
      if (outcome.ok || signedAnew || !mendable.has(outcome.failure.kind)) return outcome
    }
  }

  /** One call signs all parts of an upload that wait for it. */
  const signers = new Map<string, ReturnType<typeof signerOf>>()
  const signerOf = (key: string, uploadId: string) =>
    batching(async (parts: readonly UploadRequest<'sign'>['parts'][number][]) => {
      const signed = await ask('sign', { key, uploadId, parts: [...parts] })
      return ({ partNumber }): StoreResult<SignedRequest> => {
        if (!signed.ok) return signed
        const request = signed.value.parts.find((part) => part.partNumber === partNumber)?.request
        return request === undefined ? answerInvalid : ok(request)
      }
    }, mostSignedParts)

  /** Forgets the signer of an upload that is lost. */
  function forgetting<Value>(uploadId: string, result: StoreResult<Value>): StoreResult<Value> {
    if (!result.ok && result.failure.kind === 'upload_lost') signers.delete(uploadId)
    return result
  }

  /** The broker was seen to sign forms, which cannot ask for a free key. */
  let sendsForms = false

  let keptAt = renewedAt
  let renewing: ReturnType<GrantAtBroker['renew']> | null = null
  /** A grant that nobody renews ends before the uploads that are begun under it late. */
  async function keepGrant(): Promise<StoreResult<unknown>> {
    if (keptAt !== null && Math.abs(now() - keptAt) < renewalInterval) return ok(null)
    renewing ??= broker.renew().finally(() => {
      renewing = null
    })
    const renewed = await renewing
    if (renewed.ok) keptAt = now()
    return ofBroker(renewed)
  }

  return {
    async put({ key, contentType, metadata }, body, { createOnly }) {
      const sign = async () => {
        const request = { key, contentType, metadata: { ...metadata }, ...signedFacts(body) }
        const signed = await ask('put', { ...request, createOnly: createOnly && !sendsForms })
        if (!signed.ok) return signed
        sendsForms = signed.value.request.method === 'POST'
        return ok(signed.value.request)
      }
      return sendSigned(sign, body, takenObject, left)
    },

    async create({ key, contentType, metadata }, size, { fullObject }) {
      const kept = await keepGrant()
      if (!kept.ok) return kept
      return ask('create', { key, contentType, metadata: { ...metadata }, size, fullObject })
    },

    async sendPart({ key, uploadId, partNumber }, body, signal) {
      const ended = AbortSignal.any([left, signal])
      const signer = signers.get(uploadId) ?? signerOf(key, uploadId)
      signers.set(uploadId, signer)
      const sign = () => signer({ partNumber, ...signedFacts(body) }, ended)
      return forgetting(uploadId, await sendSigned(sign, body, takenPart, ended))
    },

    async listParts({ key, uploadId }, signal) {
      return forgetting(uploadId, await unlessAborted(ask('parts', { key, uploadId }), signal))
    },

    async complete({ key, uploadId, parts, crc32, size }, { createOnly, fullObject }) {
      signers.delete(uploadId)
      return ask('complete', {
        ...{ key, uploadId, size, crc32, fullObject, createOnly },
        parts: parts.map(({ partNumber, etag, checksum }) => ({ partNumber, etag, crc32: checksum })),
      })
    },

    async abortUpload({ key, uploadId }) {
      signers.delete(uploadId)
      const aborted = await ask('abort', { key, uploadId })
      return aborted.ok ? ok(null) : aborted
    },
  }
}

/** What a grant of single requests cannot do. */
const notOffered = async (): Promise<StoreResult<never>> => ({
  ok: false,
  failure: { kind: 'store_refused', detail: 'single_request', unclear: false, retryAfter: null },
})
const withoutMultipart = {
  create: notOffered,
  sendPart: notOffered,
  listParts: notOffered,
  complete: notOffered,
  abortUpload: notOffered,
}

const answerInvalid: StoreResult<never> = {
  ok: false,
  failure: { kind: 'broker_answer_invalid', detail: 'parts', unclear: false, retryAfter: null, from: 'broker' },
}

/** The one thing that the broker says of a server's trouble is that the store may have done it. */
const ofBroker = <Value>(answer: Answered<Value>): StoreResult<Value> =>
  answer.ok
    ? answer
    : {
        ok: false,
        failure: { retryAfter: null, ...answer.failure, from: 'broker', unclear: answer.failure.kind === 'server' },
      }

const signedFacts = ({ bytes, crc32, md5 }: CheckedBody) => ({
  size: bytes.length,
  crc32,
  md5: md5?.toString('base64') ?? null,
})

const takenPart = ({ etag, crc32 }: SentAnswer) => ({ etag: unquoted(told(etag)), crc32 })

const takenObject = ({ etag, crc32, versionId }: SentAnswer, method: SignedRequest['method']) => ({
  ...{ crc32, versionId },
  etag: unquoted(etag ?? ''),
  byForm: method === 'POST',
})
