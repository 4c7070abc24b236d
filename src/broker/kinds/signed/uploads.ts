import type { S3Client } from '@aws-sdk/client-s3'
import type {
  CompleteUploadRequest,
  CompleteUploadResponse,
  CreateUploadRequest,
  CreateUploadResponse,
  ListPartsResponse,
  SignPartsRequest,
  SignPartsResponse,
  SignPutRequest,
  SignPutResponse,
} from '../../../shared/broker-uploads.ts'
import { ok, type Result } from '../../../shared/failure.ts'
import { type AwsFailure, awsFailure } from '../../aws-failure.ts'
import type { PurposeSettings } from '../../config/config.ts'
import { at, type Refusal, refused } from '../../problem.ts'
import type { Scope, SessionKind } from '../session.ts'
import { completeUpload } from './complete-upload.ts'
import { abortUpload, createUpload, listParts } from './multipart.ts'
import { objectFields, objectHeaders } from './object-headers.ts'
import { hasFileNameVariable, signForm } from './sign-form.ts'
import { signPart, signPut } from './sign-request.ts'
import { type SigningTime, signingTime } from './signing-time.ts'
import type { StoreClientsByRegion } from './store-clients.ts'

/** The name of an object of a grant. */
export type UploadPlace = Omit<Scope, 'purpose'> & { readonly key: string }

/** An object that may be written, and how its purpose wants it. */
export type ObjectPlace = Scope & UploadPlace & { readonly purpose: Pick<PurposeSettings, 'method'> }

/** How long a signed request is good. */
const mostSeconds = 900

type Asked<Request> = Omit<Request, 'grant' | 'key'>
type Answer<Value> = Promise<Result<Value, Refusal>>

/**
 * What the broker does for grants without credentials, with its own rights: it looks at nothing but the place, so whoever
 * asks must have been found to be allowed to write there.
 */
export type Uploads = {
  readonly signPut: (place: ObjectPlace, asked: Asked<SignPutRequest>) => Answer<Omit<SignPutResponse, 'serverTime'>>
  readonly create: (place: ObjectPlace, asked: Asked<CreateUploadRequest>) => Answer<CreateUploadResponse>
  readonly signParts: (
    place: ObjectPlace,
    asked: Asked<SignPartsRequest>,
  ) => Answer<Omit<SignPartsResponse, 'serverTime'>>
  readonly listParts: (place: ObjectPlace, uploadId: string) => Answer<ListPartsResponse>
  readonly complete: (place: ObjectPlace, asked: Asked<CompleteUploadRequest>) => Answer<CompleteUploadResponse>
  readonly abort: (place: UploadPlace, uploadId: string) => Answer<null>
}

export const createUploads = ({
  clients,
  narrow = null,
  now,
}: {
  readonly clients: StoreClientsByRegion
  /**
   * What to sign with in place of the broker's own rights. AWS refuses a header of its own that was not signed; a store that
   * does not, as Ceph, could be asked to copy whatever may be read with the rights that signed.
   */
  readonly narrow?: SessionKind | null
  readonly now: () => number
}): Uploads => {
  const signerFor = async (place: ObjectPlace): Promise<Result<S3Client, AwsFailure>> => {
    if (narrow === null) return ok(clients.of(place.region).signer)
    const issued = await narrow.issue(place)
    return issued.ok ? ok(clients.signerWith(place.region, issued.value.credentials)) : issued
  }

  const signed = async <Value>(
    place: ObjectPlace,
    sign: (signer: S3Client, time: SigningTime) => Promise<Value>,
  ): Answer<Value & { readonly expiration: number }> => {
    const found = await signerFor(place)
    if (!found.ok) return refused({ code: 'unavailable', cause: found.failure })
    const signer = found.value
    try {
      const time = await signingTime(signer, mostSeconds, now())
      if (!time.ok) return time
      return ok({ ...(await sign(signer, time.value)), expiration: time.value.expiration })
    } catch (error) {
      return refused({ code: 'unavailable', cause: awsFailure('Presign', error) })
    } finally {
      if (narrow !== null) signer.destroy()
    }
  }

  return {
    signPut: async (place, { size, crc32, md5, createOnly, ...facts }) => {
      const { bucket, key, purpose } = place
      const isForm = purpose.method === 'post'
      if (isForm && createOnly)
        return refused({ code: 'not_supported', ...at('/createOnly', 'a form cannot demand it') })
      if (isForm && hasFileNameVariable(key))
        return refused({ code: 'not_supported', ...at('/key', 'cannot be sent in a form') })
      return signed(place, async (signer, time) => {
        if (isForm) {
          const fields = {
            ...objectFields(facts, purpose.options),
            ...checksumHeader(crc32),
            ...(md5 !== null && { 'Content-MD5': md5 }),
          }
          return { request: await signForm(signer, { bucket, key, size }, fields, time) }
        }
        const headers = {
          ...objectHeaders(facts, purpose.options, now()),
          ...bodyHeaders({ size, crc32, md5 }),
          ...((createOnly || purpose.options.createOnly) && { 'if-none-match': '*' }),
        }
        return { request: await signPut(signer, place, headers, time) }
      })
    },

    create: ({ purpose, ...object }, { fullObject, ...facts }) =>
      createUpload(clients.of(object.region).usual, object, objectHeaders(facts, purpose.options, now()), fullObject),

    signParts: (place, { uploadId, parts }) =>
      signed(place, async (signer, time) => ({
        parts: await Promise.all(
          parts.map(async ({ partNumber, ...body }) => {
            const part = { ...place, uploadId, partNumber }
            const request = await signPart(signer, part, bodyHeaders(body), time)
            return { partNumber, request }
          }),
        ),
      })),

    listParts: async (place, uploadId) => {
      const listed = await listParts(clients.of(place.region).usual, { ...place, uploadId })
      return listed.ok
        ? ok({ ...listed.value, parts: listed.value.parts.map(({ crc32: _, ...part }) => part) })
        : listed
    },

    complete: (place, { uploadId, ...asked }) =>
      completeUpload(
        clients.of(place.region),
        { ...place, uploadId },
        { ...asked, createOnly: asked.createOnly || place.purpose.options.createOnly === true },
      ),

    abort: (place, uploadId) => abortUpload(clients.of(place.region).usual, { ...place, uploadId }),
  }
}

/** What no other body goes with. */
const bodyHeaders = ({ size, crc32, md5 }: { size: number; crc32: string; md5: string | null }) => ({
  'content-length': String(size),
  ...checksumHeader(crc32),
  ...(md5 !== null && { 'content-md5': md5 }),
})

const checksumHeader = (crc32: string) => ({ 'x-amz-checksum-crc32': crc32 })
