import { z } from 'zod'
import { announcedChecksum, receiveText } from '../body/receive-body.ts'
import { S3Error } from '../s3-error.ts'
import { emptyAnswer, xmlAnswer } from '../wire/answer.ts'
import { readXml } from '../wire/xml.ts'
import { arnOf, bucketOf, type Operation } from './operation.ts'
import { isLocked, refuseLocked } from './protection.ts'

/** Answers 204 also for a key that is not there, as S3 does. */
export const deleteObject: Operation = async (call, emulation) => {
  const bucket = bucketOf(emulation, call.bucketName)
  refuseLocked(bucket.objects.get(call.key), emulation.now())
  bucket.deleteObject(call.key)
  return emptyAnswer(204)
}

const deleteSchema = z.object({
  Delete: z.object({
    Quiet: z.string().default('false'),
    Object: z
      .array(z.object({ Key: z.string().min(1), VersionId: z.string().optional() }))
      .min(1)
      .max(1_000),
  }),
})

/** Each key is permitted, or refused, by itself. */
export const deleteObjects: Operation = async (call, emulation) => {
  const bucket = bucketOf(emulation, call.bucketName)
  const announced = announcedChecksum(call.request)
  if (call.request.headers['content-md5'] === undefined && announced === null)
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5')
  const { Delete } = readXml(await receiveText(call.body, announced), deleteSchema, ['Object'])
  const permitted = ({ Key }: { Key: string }) =>
    call.caller.allows('s3:DeleteObject', arnOf(call.bucketName, Key)) &&
    !isLocked(bucket.objects.get(Key), emulation.now())
  const deleted = Delete.Object.filter(permitted)
  const refused = Delete.Object.filter((object) => !permitted(object))
  for (const { Key } of deleted) bucket.deleteObject(Key)
  return xmlAnswer('DeleteResult', {
    Deleted: Delete.Quiet === 'true' ? [] : deleted.map(({ Key }) => ({ Key })),
    Error: refused.map(({ Key }) => ({ Key, Code: 'AccessDenied', Message: 'Access Denied' })),
  })
}
