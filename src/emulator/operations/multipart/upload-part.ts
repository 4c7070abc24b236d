import { type ChecksumAlgorithm, checksumHeaders } from '../../body/checksum.ts'
import { announcedChecksum, type ReceivedBody, receiveBody } from '../../body/receive-body.ts'
import { S3Error } from '../../s3-error.ts'
import type { Upload } from '../../store/bucket.ts'
import type { PartRecord } from '../../store/records.ts'
import { emptyAnswer } from '../../wire/answer.ts'
import { refuseUnsupported } from '../object-properties.ts'
import { bucketOf, type Call, type Emulation, etagOf, numberParameter, type Operation, quoted } from '../operation.ts'
import { mostBytesPerRequest } from '../put-object.ts'
import { storeData } from '../store-data.ts'
import { uploadOf } from './upload-of.ts'

/** 1 to 10,000; anything else throws InvalidArgument. */
export const partNumberOf = ({ request }: Call): number =>
  numberParameter(request, 'partNumber', { least: 1, most: 10_000 }, Number.NaN)

/** The upload's algorithm binds its parts; only those of a full-object upload may leave the computing to the store. */
function checkAlgorithm(algorithm: ChecksumAlgorithm | null, upload: Upload): void {
  if (algorithm === upload.checksumAlgorithm) return
  if (algorithm === null && upload.checksumType === 'FULL_OBJECT') return
  const name = (value: string | null) => value?.toLowerCase() ?? 'null'
  throw new S3Error(
    'InvalidRequest',
    `Checksum Type mismatch occurred, expected checksum Type: ${name(upload.checksumAlgorithm)}, actual checksum Type: ${name(algorithm)}`,
  )
}

/** Records a received part, in one step with the look whether its upload still lives. */
export function savePart(call: Call, emulation: Emulation, body: ReceivedBody, file: string | null): PartRecord {
  const { uploadId } = uploadOf(call, emulation)
  const part: PartRecord = {
    partNumber: partNumberOf(call),
    file,
    size: body.size,
    etag: etagOf(body.md5, emulation),
    checksum: body.checksum,
    lastModified: emulation.now(),
  }
  bucketOf(emulation, call.bucketName).savePart(uploadId, part)
  return part
}

export const uploadPart: Operation = async (call, emulation) => {
  partNumberOf(call)
  const upload = uploadOf(call, emulation)
  refuseUnsupported(call.request)
  const announced = announcedChecksum(call.request)
  checkAlgorithm(announced?.algorithm ?? null, upload)
  return storeData(
    emulation.store.data,
    ({ write }) =>
      receiveBody(call.body, { atMost: mostBytesPerRequest, announced, compute: upload.checksumAlgorithm, write }),
    (received, file) => {
      const part = savePart(call, emulation, received, file)
      return emptyAnswer(200, { etag: quoted(part.etag), ...checksumHeaders(part.checksum) })
    },
  )
}
