import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { GrantKindName } from '../../shared/broker-api.ts'
import {
  abortUploadRequestSchema,
  abortUploadResponseSchema,
  completeUploadRequestSchema,
  completeUploadResponseSchema,
  createUploadRequestSchema,
  createUploadResponseSchema,
  largestSingleRequest,
  listPartsRequestSchema,
  listPartsResponseSchema,
  signPartsRequestSchema,
  signPartsResponseSchema,
  signPutRequestSchema,
  signPutResponseSchema,
} from '../../shared/broker-uploads.ts'
import { ok, type Result } from '../../shared/failure.ts'
import { audit } from '../audit.ts'
import type { PurposeSettings } from '../config/config.ts'
import type { Grant } from '../grants/grant-token.ts'
import type { Grants } from '../grants/grants.ts'
import { isKeyUnder } from '../grants/keys.ts'
import { isWithin } from '../grants/media-types.ts'
import type { ObjectPlace, Uploads } from '../kinds/signed/uploads.ts'
import { callerOf } from '../people/caller.ts'
import { type Refusal, refuse } from '../problem.ts'

/** What one request of S3 may carry: 5 GiB. */
const largestRequest = 5 * 1024 ** 3

type Ability = 'put' | 'multipart'
const abilities: Readonly<Record<GrantKindName, readonly Ability[]>> = {
  federation_token: [],
  assumed_role: [],
  single_request: ['put'],
  presigned_multipart: ['put', 'multipart'],
}

/** Signs what carries bytes, and does the rest of a multipart upload itself, for grants without credentials. */
export const addUploadRoutes = (
  instance: FastifyInstance,
  { grants, uploads, now }: { readonly grants: Grants; readonly uploads: Uploads; readonly now: () => number },
): void => {
  const routes = instance.withTypeProvider<ZodTypeProvider>()

  /** The place of an object that the caller may write, so, now. */
  const admit = async (
    request: FastifyRequest,
    { grant: token, key }: { readonly grant: string; readonly key: string },
    ability: Ability,
  ): Promise<Result<Admitted, Refusal>> => {
    const used = await grants.use(callerOf(request), token)
    if (!used.ok) return used
    const { grant, purpose } = used.value
    if (!abilities[grant.kind].includes(ability))
      return refused('not_supported', 'grant', `is of the kind ${grant.kind}`)
    if (!isKeyUnder(grant.prefix, key)) return refused('invalid_request', 'key', 'is no key of this grant')
    return ok({ grant, purpose, place: { ...grant, key, purpose } })
  }

  const note = (request: FastifyRequest, step: UploadStep, { grant }: Admitted, bytes: number | null) =>
    audit(request.log, {
      event: 'upload',
      step,
      subject: grant.subject,
      purpose: grant.purpose,
      grantId: grant.id,
      prefix: grant.prefix,
      bytes,
    })

  routes.post(
    '/v1/uploads/put',
    {
      schema: {
        summary: 'Signs one request for a whole object',
        body: signPutRequestSchema,
        response: { 200: signPutResponseSchema },
      },
    },
    async (request, reply) => {
      const { grant: _, key, ...asked } = request.body
      const admitted = await admit(request, request.body, 'put')
      if (!admitted.ok) return refuse(reply, admitted.failure)
      const { grant, purpose, place } = admitted.value
      const largest = grant.kind === 'single_request' ? largestSingleRequest : largestRequest
      const objection = objectionTo(asked, { ...purpose, maxSize: Math.min(purpose.maxSize, largest) })
      if (objection) return refuse(reply, objection)
      const signed = await uploads.signPut(place, asked)
      if (!signed.ok) return refuse(reply, signed.failure)
      note(request, 'put', admitted.value, asked.size)
      return { ...signed.value, serverTime: now() }
    },
  )

  routes.post(
    '/v1/uploads/create',
    {
      schema: {
        summary: 'Begins a multipart upload',
        body: createUploadRequestSchema,
        response: { 200: createUploadResponseSchema },
      },
    },
    async (request, reply) => {
      const { grant: _, key, ...asked } = request.body
      const admitted = await admit(request, request.body, 'multipart')
      if (!admitted.ok) return refuse(reply, admitted.failure)
      const objection = objectionTo(asked, admitted.value.purpose)
      if (objection) return refuse(reply, objection)
      const created = await uploads.create(admitted.value.place, asked)
      if (!created.ok) return refuse(reply, created.failure)
      note(request, 'create', admitted.value, asked.size)
      return created.value
    },
  )

  routes.post(
    '/v1/uploads/sign',
    {
      schema: {
        summary: 'Signs parts that were read',
        body: signPartsRequestSchema,
        response: { 200: signPartsResponseSchema },
      },
    },
    async (request, reply) => {
      const { grant: _, key, ...asked } = request.body
      const admitted = await admit(request, request.body, 'multipart')
      if (!admitted.ok) return refuse(reply, admitted.failure)
      const most = Math.min(largestRequest, admitted.value.purpose.maxSize)
      const tooLarge = asked.parts.findIndex(({ size }) => size > most)
      if (tooLarge !== -1) return refuse(reply, tooLargeAt(`parts/${tooLarge}/size`, most))
      const signed = await uploads.signParts(admitted.value.place, asked)
      if (!signed.ok) return refuse(reply, signed.failure)
      return { ...signed.value, serverTime: now() }
    },
  )

  routes.post(
    '/v1/uploads/parts',
    {
      schema: {
        summary: 'The parts that the store has',
        body: listPartsRequestSchema,
        response: { 200: listPartsResponseSchema },
      },
    },
    async (request, reply) => {
      const admitted = await admit(request, request.body, 'multipart')
      if (!admitted.ok) return refuse(reply, admitted.failure)
      const listed = await uploads.listParts(admitted.value.place, request.body.uploadId)
      return listed.ok ? listed.value : refuse(reply, listed.failure)
    },
  )

  routes.post(
    '/v1/uploads/complete',
    {
      schema: {
        summary: 'Joins the parts',
        body: completeUploadRequestSchema,
        response: { 200: completeUploadResponseSchema },
      },
    },
    async (request, reply) => {
      const { grant: _, key, ...asked } = request.body
      const admitted = await admit(request, request.body, 'multipart')
      if (!admitted.ok) return refuse(reply, admitted.failure)
      const { maxSize } = admitted.value.purpose
      if (asked.size > maxSize) return refuse(reply, tooLargeAt('size', maxSize))
      const completed = await uploads.complete(admitted.value.place, asked)
      if (!completed.ok) return refuse(reply, completed.failure)
      note(request, 'complete', admitted.value, asked.size)
      return completed.value
    },
  )

  routes.post(
    '/v1/uploads/abort',
    {
      schema: {
        summary: 'Ends a multipart upload',
        body: abortUploadRequestSchema,
        response: { 200: abortUploadResponseSchema },
      },
    },
    async (request, reply) => {
      const admitted = await admit(request, request.body, 'multipart')
      if (!admitted.ok) return refuse(reply, admitted.failure)
      const aborted = await uploads.abort(admitted.value.place, request.body.uploadId)
      if (!aborted.ok) return refuse(reply, aborted.failure)
      note(request, 'abort', admitted.value, null)
      return {}
    },
  )
}

type UploadStep = 'put' | 'create' | 'complete' | 'abort'
type Admitted = { readonly grant: Grant; readonly purpose: PurposeSettings; readonly place: ObjectPlace }

/** Why the purpose does not take an object. */
const objectionTo = (
  { size, contentType }: { readonly size: number; readonly contentType: string },
  { maxSize, contentTypes }: Pick<PurposeSettings, 'maxSize' | 'contentTypes'>,
): Refusal | null => {
  if (size > maxSize) return tooLargeAt('size', maxSize)
  if (contentTypes === undefined || isWithin(mediaTypeOf(contentType), contentTypes)) return null
  return { code: 'type_not_allowed', errors: [{ path: '/contentType', message: 'is not taken' }] }
}

/** Without its parameters. */
const mediaTypeOf = (contentType: string): string => (contentType.split(';')[0] ?? '').trim().toLowerCase()

const tooLargeAt = (field: string, most: number): Refusal => ({
  code: 'too_large',
  errors: [{ path: `/${field}`, message: `at most ${most} bytes` }],
})

const refused = (code: Refusal['code'], field: string, message: string): { ok: false; failure: Refusal } => ({
  ok: false,
  failure: { code, errors: [{ path: `/${field}`, message }] },
})
