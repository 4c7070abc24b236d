import { emptyAnswer } from '../../wire/answer.ts'
import { bucketOf, type Operation } from '../operation.ts'
import { uploadOf } from './upload-of.ts'

export const abortMultipartUpload: Operation = async (call, emulation) => {
  const { uploadId } = uploadOf(call, emulation)
  bucketOf(emulation, call.bucketName).removeUpload(uploadId)
  return emptyAnswer(204)
}
