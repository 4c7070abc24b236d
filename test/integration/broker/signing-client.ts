import { createHash } from 'node:crypto'
import type { z } from 'zod'
import type { BrokerConfig } from '../../../src/broker/config/config.ts'
import { type GrantFile, grantResponseSchema } from '../../../src/shared/broker-api.ts'
import {
  completeUploadResponseSchema,
  createUploadResponseSchema,
  listPartsResponseSchema,
  type SignedRequest,
  signPartsResponseSchema,
  signPutResponseSchema,
} from '../../../src/shared/broker-uploads.ts'
import { crc32Of, file, runningBroker } from './running-broker.ts'

/** What is said of a body so that it is signed. */
export const factsOf = (bytes: Buffer) => ({
  size: bytes.length,
  crc32: crc32Of(bytes),
  md5: createHash('md5').update(bytes).digest('base64'),
})
const typed = { contentType: 'image/tiff', metadata: { 'original-name': 'scan.tiff' } }
export const putOf = (bytes: Buffer) => ({ ...typed, ...factsOf(bytes), createOnly: false })

/** The kinds that sign, as purposes of their names, and `form`, which signs POST forms. */
export const signingPurposes: BrokerConfig['purposes'] = [
  { name: 'single', label: 'Single', kind: 'single_request' },
  { name: 'form', label: 'Form', kind: 'single_request', method: 'post' },
  { name: 'multipart', label: 'Multipart', kind: 'presigned_multipart' },
]

/** A broker that signs, with what a client asks of it. */
export const signingBroker = async (config: BrokerConfig, now?: () => number) => {
  const broker = await runningBroker(config, now)
  const asked = async <Schema extends z.ZodType>(path: string, body: object, schema: Schema) => {
    const { status, json } = await broker.post(`/v1/uploads/${path}`, body)
    if (status !== 200) throw new Error(`${path}: ${JSON.stringify(json)}`)
    return schema.parse(json)
  }
  return {
    ...broker,
    /** A grant of one file, and its key. */
    object: async (purpose: string, overrides: Partial<GrantFile> = {}, token?: string) => {
      const files = [file({ contentType: typed.contentType, ...overrides })]
      const granted = grantResponseSchema.parse((await broker.post('/v1/grants', { purpose, files }, token)).json)
      return { grant: granted.grant, key: granted.keys[0]?.key ?? '' }
    },
    /** The problem's status and code, or 200. */
    codeOf: async (path: string, body: object, token?: string) => {
      const { status, json } = await broker.post(`/v1/uploads/${path}`, body, token)
      return status === 200 ? 'ok' : json.code
    },
    signPut: (object: object, bytes: Buffer, more: object = {}) =>
      asked('put', { ...object, ...putOf(bytes), ...more }, signPutResponseSchema),
    create: (object: object, size: number, more: object = {}) =>
      asked('create', { ...object, ...typed, size, fullObject: true, ...more }, createUploadResponseSchema),
    sign: (request: object) => asked('sign', request, signPartsResponseSchema),
    signPart: async (upload: object, partNumber: number, bytes: Buffer) => {
      const parts = [{ partNumber, ...factsOf(bytes) }]
      const signed = await asked('sign', { ...upload, parts }, signPartsResponseSchema)
      return (signed.parts[0] as (typeof signed.parts)[number]).request
    },
    parts: (upload: object) => asked('parts', upload, listPartsResponseSchema),
    complete: (upload: object) => asked('complete', upload, completeUploadResponseSchema),
  }
}
export type SigningBroker = Awaited<ReturnType<typeof signingBroker>>

/** Sends bytes by a signed request, as a client that sets nothing but the headers and fields that it was given. */
export const send = async (request: SignedRequest, bytes: Buffer): Promise<Response> => {
  if (request.method === 'PUT') {
    const { 'content-length': _, ...headers } = request.headers
    return fetch(request.url, { method: 'PUT', headers, body: new Uint8Array(bytes) })
  }
  const form = new FormData()
  for (const [name, value] of Object.entries(request.fields)) form.append(name, value)
  form.append('file', new Blob([new Uint8Array(bytes)]), 'scan.tiff')
  return fetch(request.url, { method: 'POST', body: form })
}

/** The status, and the code of S3's answer where it refused. */
export const answerTo = async (request: SignedRequest, bytes: Buffer): Promise<string> => {
  const answer = await send(request, bytes)
  const code = /<Code>(.*)<\/Code>/.exec(await answer.text())?.[1]
  return code === undefined ? String(answer.status) : `${answer.status} ${code}`
}

/** The same PUT with another header; undefined: without it. */
export const withHeader = (request: SignedRequest, name: string, value: string | undefined): SignedRequest => {
  if (request.method !== 'PUT') throw new Error('a form has fields')
  return { ...request, headers: withEntry(request.headers, name, value) }
}

/** The same form with another field; undefined: without it. */
export const withField = (request: SignedRequest, name: string, value: string | undefined): SignedRequest => {
  if (request.method !== 'POST') throw new Error('a PUT has headers')
  return { ...request, fields: withEntry(request.fields, name, value) }
}

/** The same request to an address in which one text stands for another. */
export const withText = (request: SignedRequest, text: string, other: string): SignedRequest => {
  if (!request.url.includes(text)) throw new Error(`no ${text} in the address`)
  return { ...request, url: request.url.replace(text, other) }
}

const withEntry = (entries: Record<string, string>, name: string, value: string | undefined) => {
  const { [name]: _, ...rest } = entries
  return value === undefined ? rest : { ...rest, [name]: value }
}

export const partSize = 5 * 1024 * 1024
export const parts = [Buffer.alloc(partSize, 'first'), Buffer.from('the last part')]
export const whole = Buffer.concat(parts)

/** Sends the parts of a new upload, and says what its Complete has to name. */
export const uploaded = async (broker: SigningBroker, purpose = 'multipart') => {
  const object = await broker.object(purpose, { size: whole.length })
  const { uploadId } = await broker.create(object, whole.length)
  const upload = { ...object, uploadId }
  for (const [index, part] of parts.entries()) await send(await broker.signPart(upload, index + 1, part), part)
  const listed = await broker.parts(upload)
  const named = listed.parts.map(({ partNumber, etag }, index) => ({
    partNumber,
    etag,
    crc32: crc32Of(parts[index] as Buffer),
  }))
  const asked = { size: whole.length, crc32: crc32Of(whole), parts: named, fullObject: true, createOnly: true }
  return { upload, asked: { ...upload, ...asked } }
}
