import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { S3Error } from '../s3-error.ts'
import type { ReceivedRequest } from './received-request.ts'

/** A form as it was posted; what came after the file is not looked at. */
export type PostedForm = {
  /** By their names in lower case. */
  readonly fields: ReadonlyMap<string, string>
  readonly file: { readonly name: string; readonly bytes: Buffer }
}

/** A form is held in memory: S3 takes 5 GiB, this only so much. */
const mostBytes = 256 * 1024 * 1024

/** Reads a form. Throws PreconditionFailed, MissingContentLength, EntityTooLarge, MalformedPOSTRequest or InvalidArgument. */
export async function readPostedForm(request: ReceivedRequest): Promise<PostedForm> {
  const type = request.headers['content-type'] ?? ''
  if (!/^multipart\/form-data\b/i.test(type))
    throw new S3Error('PreconditionFailed', 'Bucket POST must be of the enclosure-type multipart/form-data')
  const length = request.headers['content-length']
  if (length === undefined)
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.')
  if (Number(length) > mostBytes)
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size')
  const entries = [...(await parse(request, type)).entries()]
  const position = entries.findIndex(([name]) => name.toLowerCase() === 'file')
  const file = entries[position]?.[1]
  if (file === undefined)
    throw new S3Error('InvalidArgument', 'POST requires exactly one file upload per request.', { ArgumentName: 'file' })
  const fields = new Map<string, string>()
  for (const [name, value] of entries.slice(0, position)) {
    if (typeof value !== 'string' || fields.has(name.toLowerCase()))
      throw new S3Error('InvalidArgument', 'A field of the form is there twice, or is a file.', { ArgumentName: name })
    fields.set(name.toLowerCase(), value)
  }
  if (typeof file === 'string') return { fields, file: { name: '', bytes: Buffer.from(file) } }
  return { fields, file: { name: file.name, bytes: Buffer.from(await file.arrayBuffer()) } }
}

async function parse(request: ReceivedRequest, type: string): Promise<FormData> {
  try {
    const body = Readable.toWeb(Readable.from(request.bytes(), { objectMode: false })) as ReadableStream<Uint8Array>
    return await new Response(body as never, { headers: { 'content-type': type } }).formData()
  } catch {
    throw new S3Error('MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.')
  }
}
