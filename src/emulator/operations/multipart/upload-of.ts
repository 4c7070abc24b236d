import { S3Error } from '../../s3-error.ts'
import type { Upload } from '../../store/bucket.ts'
import { parameter } from '../../wire/received-request.ts'
import { bucketOf, type Call, type Emulation } from '../operation.ts'

const day = 86_400_000

/** When the lifecycle rule takes an upload: so many days after its start, then the next midnight UTC, as S3 counts. */
export const abortDateOf = (initiated: number, days: number): number => Math.ceil((initiated + days * day) / day) * day

/** The headers that tell the lifecycle rule's date of an upload, where there is a rule. */
export const abortHeaders = (initiated: number, { abortAfterDays }: Emulation): Readonly<Record<string, string>> =>
  abortAfterDays === null
    ? {}
    : {
        'x-amz-abort-date': new Date(abortDateOf(initiated, abortAfterDays)).toUTCString(),
        'x-amz-abort-rule-id': 'abort-incomplete-multipart-uploads',
      }

/** Whether the lifecycle rule has taken an upload by now. */
export const isTaken = ({ initiated }: { readonly initiated: number }, { abortAfterDays, now }: Emulation): boolean =>
  abortAfterDays !== null && abortDateOf(initiated, abortAfterDays) <= now()

/** Removes the upload that the call names, if it names one. */
export function forgetUploadOf({ bucketName, key, request }: Call, { store }: Emulation): void {
  const bucket = store.buckets.get(bucketName)
  const upload = bucket?.uploads.get(parameter(request, 'uploadId') ?? '')
  if (upload?.key === key) bucket?.removeUpload(upload.uploadId)
}

/** The upload that the call names, of exactly its key. Throws NoSuchUpload, also once the lifecycle rule has taken it. */
export function uploadOf(call: Call, emulation: Emulation): Upload {
  const bucket = bucketOf(emulation, call.bucketName)
  const uploadId = parameter(call.request, 'uploadId') ?? ''
  const upload = bucket.uploads.get(uploadId)
  if (upload !== undefined && upload.key === call.key && !isTaken(upload, emulation))
    return emulation.switches().ignoreChecksums ? { ...upload, checksumAlgorithm: null, checksumType: null } : upload
  if (upload !== undefined && isTaken(upload, emulation)) bucket.removeUpload(uploadId)
  throw new S3Error(
    'NoSuchUpload',
    'The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might have been aborted or completed.',
    { UploadId: uploadId },
  )
}
