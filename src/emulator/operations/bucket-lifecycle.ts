import { z } from 'zod'
import { announcedChecksum, receiveText } from '../body/receive-body.ts'
import { S3Error } from '../s3-error.ts'
import { emptyAnswer } from '../wire/answer.ts'
import { readXml } from '../wire/xml.ts'
import { bucketOf, type Operation } from './operation.ts'

const configurationSchema = z.object({
  LifecycleConfiguration: z.object({
    Rule: z
      .array(z.looseObject({ ID: z.string().max(255).optional(), Status: z.enum(['Enabled', 'Disabled']) }))
      .min(1)
      .max(1_000),
  }),
})

/** Keeps the document in place of the one before; nothing is done by it. */
export const putBucketLifecycle: Operation = async (call, emulation) => {
  const bucket = bucketOf(emulation, call.bucketName)
  const document = await receiveText(call.body, announcedChecksum(call.request))
  readXml(document, configurationSchema, ['Rule'])
  bucket.setLifecycle(document)
  return emptyAnswer(200)
}

export const getBucketLifecycle: Operation = async (call, emulation) => {
  const body = bucketOf(emulation, call.bucketName).lifecycle()
  if (body === null)
    throw new S3Error('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', {
      BucketName: call.bucketName,
    })
  return { status: 200, headers: { 'content-type': 'application/xml' }, body }
}
