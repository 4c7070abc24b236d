import type { FastifyInstance, FastifyRequest, FastifySchema } from 'fastify'
import type { z } from 'zod'
import { kinds } from '../../shared/broker-kinds.ts'
import {
  abortUploadRequestSchema,
  completeUploadRequestSchema,
  createUploadRequestSchema,
  listPartsRequestSchema,
  signPartsRequestSchema,
  signPutRequestSchema,
  type UploadCall,
  type UploadResponse,
  uploadResponseSchemas,
} from '../../shared/broker-uploads.ts'
import { ok, type Result } from '../../shared/failure.ts'
import { audit, type UploadStep } from '../audit.ts'
import type { PurposeSettings } from '../config/config.ts'
import type { Grant } from '../grants/grant-token.ts'
import type { Grants } from '../grants/grants.ts'
import { objectionToObject, tooLarge } from '../grants/objections.ts'
import type { ObjectPlace, UploadPlace, Uploads } from '../kinds/signed/uploads.ts'
import { type Caller, callerOf } from '../people/caller.ts'
import type { People } from '../people/guard-people.ts'
import { isKeyUnder } from '../policy/keys.ts'
import { at, type Refusal, refuse, refused } from '../problem.ts'

/** A grant's token and what is said of an object or of 100 parts. Only `complete` names thousands. */
const smallBody = 64 * 1_024
/** What one request of S3 may carry: 5 GiB. */
const largestRequest = 5 * 1024 ** 3

type Collaborators = {
  readonly grants: Grants
  readonly people: Pick<People, 'limits'>
  readonly uploads: Uploads
  readonly now: () => number
}

/** What every request names. */
type Named = { readonly grant: string; readonly key: string }
type Found<Place = UploadPlace> = {
  readonly place: Place
  /** Writes the line of the audit. */
  readonly note: (step: UploadStep, bytes: number | null) => void
}
type Admitted = Found<ObjectPlace> & {
  readonly caller: Caller
  readonly grant: Grant
  readonly purpose: PurposeSettings
}
type Admit<Admission> = (request: FastifyRequest, call: UploadCall, named: Named) => Promise<Result<Admission, Refusal>>

type Route<Call extends UploadCall, Body extends Named, Admission> = {
  readonly summary: string
  readonly body: z.ZodType<Body>
  readonly invited: 'in_time' | 'always'
  readonly admit: Admit<Admission>
  readonly handle: (
    admitted: Admission,
    asked: Omit<Body, keyof Named>,
  ) => Promise<Result<UploadResponse<Call>, Refusal>>
}

/** Signs what carries bytes, and does the rest of a multipart upload itself, for grants without credentials. */
export const addUploadRoutes = (
  routes: FastifyInstance,
  { grants, people: { limits }, uploads, now }: Collaborators,
): void => {
  /** The place of a key of a grant whose kind can do this. */
  const find = (request: FastifyRequest, call: UploadCall, grant: Grant, key: string): Result<Found, Refusal> => {
    const { credentials, multipart } = kinds[grant.kind]
    if (credentials || (call !== 'put' && !multipart)) {
      return refused({ code: 'not_supported', ...at('/grant', `is of the kind ${grant.kind}`) })
    }
    if (!isKeyUnder(grant.prefix, key)) {
      return refused({ code: 'invalid_request', ...at('/key', 'is no key of this grant') })
    }
    const { subject, id: grantId, prefix } = grant
    const entry = { event: 'upload', subject, purpose: grant.purpose, grantId, prefix } as const
    const note: Found['note'] = (step, bytes) => audit(request.log, { ...entry, step, bytes })
    return ok({ place: { ...grant, key }, note })
  }

  /** What the caller may write, so, now. */
  const toWrite: Admit<Admitted> = async (request, call, { grant: token, key }) => {
    const caller = callerOf(request)
    const used = await grants.use(caller, token)
    if (!used.ok) return used
    const { grant, purpose } = used.value
    const found = find(request, call, grant, key)
    if (!found.ok) return found
    const { place, note } = found.value
    return ok({ caller, grant, purpose, place: { ...place, purpose }, note })
  }

  /** What the caller has begun, also where the time for sending is over. */
  const toAbort: Admit<Found> = async (request, call, { grant: token, key }) => {
    const opened = await grants.open(callerOf(request), token)
    return opened.ok ? find(request, call, opened.value, key) : opened
  }

  /** A route of the API, open to the holders of invitations while theirs is good, or always. */
  const route = <Call extends UploadCall, Body extends Named, Admission>(
    call: Call,
    { summary, body, invited, admit, handle }: Route<Call, Body, Admission>,
  ): void => {
    const schema: FastifySchema = { summary, body, response: { 200: uploadResponseSchemas[call] } }
    const bodyLimit = call === 'complete' ? {} : { bodyLimit: smallBody }
    routes.post(`/v1/uploads/${call}`, { ...bodyLimit, config: { invited }, schema }, async (request, reply) => {
      const { grant, key, ...asked } = request.body as Body
      const admitted = await admit(request, call, { grant, key })
      if (!admitted.ok) return refuse(reply, admitted.failure)
      const answer = await handle(admitted.value, asked)
      return answer.ok ? reply.send(answer.value) : refuse(reply, answer.failure)
    })
  }

  route('put', {
    summary: 'Signs one request for a whole object',
    body: signPutRequestSchema,
    invited: 'in_time',
    admit: toWrite,
    handle: async ({ caller, grant, purpose, place, note }, asked) => {
      const maxSize = Math.min(purpose.maxSize, kinds[grant.kind].largest, largestRequest)
      const objection = objectionToObject(asked, { ...purpose, maxSize })
      if (objection) return refused(objection)
      const excess = await limits.countObject(caller, { key: place.key, size: asked.size })
      if (excess) return refused(excess)
      const signed = await uploads.signPut(place, asked)
      if (!signed.ok) return signed
      note('put', asked.size)
      return ok({ ...signed.value, serverTime: now() })
    },
  })

  route('create', {
    summary: 'Begins a multipart upload',
    body: createUploadRequestSchema,
    invited: 'in_time',
    admit: toWrite,
    handle: async ({ caller, purpose, place, note }, asked) => {
      const objection = objectionToObject(asked, purpose)
      if (objection) return refused(objection)
      const excess = await limits.countUpload(caller, { key: place.key, size: asked.size })
      if (excess) return refused(excess)
      const created = await uploads.create(place, asked)
      if (created.ok) note('create', asked.size)
      return created
    },
  })

  route('sign', {
    summary: 'Signs parts that were read',
    body: signPartsRequestSchema,
    invited: 'in_time',
    admit: toWrite,
    handle: async ({ caller, purpose, place }, asked) => {
      const most = Math.min(largestRequest, purpose.maxSize)
      const large = asked.parts.findIndex(({ size }) => size > most)
      if (large !== -1) return refused(tooLarge(`/parts/${large}/size`, most))
      const excess = await limits.countParts(caller, place.key, asked.parts)
      if (excess) return refused(excess)
      const signed = await uploads.signParts(place, asked)
      return signed.ok ? ok({ ...signed.value, serverTime: now() }) : signed
    },
  })

  route('parts', {
    summary: 'The parts that the store has',
    body: listPartsRequestSchema,
    invited: 'in_time',
    admit: toWrite,
    handle: ({ place }, { uploadId }) => uploads.listParts(place, uploadId),
  })

  route('complete', {
    summary: 'Joins the parts',
    body: completeUploadRequestSchema,
    invited: 'in_time',
    admit: toWrite,
    handle: async ({ purpose, place, note }, asked) => {
      if (asked.size > purpose.maxSize) return refused(tooLarge('/size', purpose.maxSize))
      const completed = await uploads.complete(place, asked)
      if (completed.ok) note('complete', asked.size)
      return completed
    },
  })

  route('abort', {
    summary: 'Ends a multipart upload',
    body: abortUploadRequestSchema,
    invited: 'always',
    admit: toAbort,
    handle: async ({ place, note }, { uploadId }) => {
      const aborted = await uploads.abort(place, uploadId)
      if (!aborted.ok) return aborted
      note('abort', null)
      return ok({})
    },
  })
}
