import type { S3Client } from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import type { SignedRequest } from '../../../shared/broker-uploads.ts'
import type { SigningTime } from './signing-time.ts'

/** A POST form that is good only with exactly these fields and a file of this size. */
export const signForm = async (
  signer: S3Client,
  object: { readonly bucket: string; readonly key: string; readonly size: number },
  fields: Readonly<Record<string, string>>,
  { expiresIn }: SigningTime,
): Promise<SignedRequest> => {
  const form = await createPresignedPost(signer, {
    Bucket: object.bucket,
    Key: object.key,
    Expires: expiresIn,
    // only this answer tells the ETag everywhere: Ceph's others do not
    Fields: { ...fields, success_action_status: '201' },
    Conditions: [['content-length-range', object.size, object.size]],
  })
  return { method: 'POST', ...form }
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: S3's own spelling
const fileNameVariable = '${filename}'
/** S3 puts the file's name in place of this in a form's key: such a key cannot be named in one. */
export const hasFileNameVariable = (key: string): boolean => key.includes(fileNameVariable)
