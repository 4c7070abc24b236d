import { z } from 'zod'
import { S3Error } from '../s3-error.ts'
import { type Answer, emptyAnswer, xmlAnswer } from '../wire/answer.ts'
import type { PostedForm } from '../wire/posted-form.ts'
import type { ReceivedRequest } from '../wire/received-request.ts'
import { readXml } from '../wire/xml.ts'

/** Fields that say of the object what the headers of a PutObject say. */
const headerFields = /^(content-type|content-md5|content-encoding|content-disposition|cache-control|expires)$/
/** Fields that are of the form itself. */
const formFields =
  /^(key|bucket|policy|acl|tagging|success_action_status|x-amz-(algorithm|credential|date|security-token|signature)|x-ignore-.*)$/

const taggingSchema = z.object({
  Tagging: z.object({
    TagSet: z.object({ Tag: z.array(z.object({ Key: z.string(), Value: z.string() })).default([]) }),
  }),
})

/** The key that a form names, with the file's name where it asks for that. Throws InvalidArgument. */
export function keyOfForm({ fields, file }: PostedForm): string {
  const key = fields.get('key')
  if (!key)
    throw new S3Error('InvalidArgument', "Bucket POST must contain a field named 'key'.", { ArgumentName: 'key' })
  // biome-ignore lint/suspicious/noTemplateCurlyInString: S3's own spelling
  return key.replaceAll('${filename}', () => file.name.split(/[\\/]/).at(-1) ?? '')
}

/** The form as the PutObject that it stands for. Throws NotImplemented for a field that is not known. */
export function asPutObject(request: ReceivedRequest, { fields, file }: PostedForm): ReceivedRequest {
  const given = [...fields].filter(([name]) => !formFields.test(name))
  const unknown = given.find(([name]) => !headerFields.test(name) && !name.startsWith('x-amz-'))
  if (unknown !== undefined)
    throw new S3Error('NotImplemented', 'A field you provided implies functionality that is not implemented', {
      Field: unknown[0],
    })
  const acl = fields.get('acl')
  const tagging = fields.get('tagging')
  return {
    ...request,
    headers: {
      ...Object.fromEntries(given.map(([name, value]) => [name, Buffer.from(value).toString('latin1')])),
      'content-length': String(file.bytes.length),
      ...(acl !== undefined && { 'x-amz-acl': acl }),
      ...(tagging !== undefined && { 'x-amz-tagging': taggingHeader(tagging) }),
    },
    async *bytes() {
      yield file.bytes
    },
  }
}

function taggingHeader(document: string): string {
  const { Tag } = readXml(document, taggingSchema, ['Tag']).Tagging.TagSet
  return Tag.map(({ Key, Value }) => `${encodeURIComponent(Key)}=${encodeURIComponent(Value)}`).join('&')
}

/** What is answered once the object is stored: as `success_action_status` says, 204 where it says nothing that is known. */
export function answerToForm(
  { fields }: PostedForm,
  stored: Answer,
  object: { bucketName: string; key: string; host: string },
): Answer {
  const location = `http://${object.host}/${object.bucketName}/${encodeURIComponent(object.key)}`
  const headers = { ...stored.headers, location }
  const status = fields.get('success_action_status')
  if (status !== '201') return emptyAnswer(status === '200' ? 200 : 204, headers)
  const content = { Location: location, Bucket: object.bucketName, Key: object.key, ETag: stored.headers.etag }
  return { ...xmlAnswer('PostResponse', content, headers), status: 201 }
}
