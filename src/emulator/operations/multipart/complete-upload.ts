import { createHash } from 'node:crypto'
import { z } from 'zod'
import {
  type Checksum,
  checksumAlgorithms,
  checksumElement,
  checksumHeader,
  combineChecksums,
  isChecksumValue,
} from '../../body/checksum.ts'
import { receiveText } from '../../body/receive-body.ts'
import { S3Error } from '../../s3-error.ts'
import type { Upload } from '../../store/bucket.ts'
import type { PartRecord } from '../../store/records.ts'
import { xmlAnswer } from '../../wire/answer.ts'
import type { ReceivedRequest } from '../../wire/received-request.ts'
import { readXml } from '../../wire/xml.ts'
import { conditionalWrite } from '../conditional-write.ts'
import { refuseUnsupported } from '../object-properties.ts'
import { bucketOf, type Emulation, etagOf, type Operation, quoted } from '../operation.ts'
import { uploadOf } from './upload-of.ts'

const checksumFields = Object.fromEntries(
  checksumAlgorithms.map((algorithm) => [`Checksum${algorithm}`, z.string().optional()]),
)
const partSchema = z.object({
  PartNumber: z
    .string()
    .regex(/^\s*\d{1,5}\s*$/)
    .transform(Number),
  ETag: z.string().transform((etag) => etag.trim().replaceAll('"', '')),
  ...checksumFields,
})
type NamedPart = { readonly PartNumber: number; readonly ETag: string; readonly [field: string]: unknown }
const completeSchema = z.object({
  CompleteMultipartUpload: z.object({ Part: z.array(partSchema).min(1).max(10_000) }),
})

const mostObjectBytes = 50_000_000_000_000

/** The stored parts that the client named, checked one against the other. */
function partsOf(upload: Upload, named: readonly NamedPart[], { minPartSize, switches }: Emulation): PartRecord[] {
  const ordered = named.every(
    ({ PartNumber }, index) => index === 0 || PartNumber > (named[index - 1]?.PartNumber ?? 0),
  )
  if (!ordered)
    throw new S3Error(
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
    )
  const parts = named.map((name) => storedPart(upload, name, switches().ignoreChecksums))
  const small = parts.slice(0, -1).find(({ size }) => size < minPartSize)
  if (small !== undefined)
    throw new S3Error('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      ProposedSize: String(small.size),
      MinSizeAllowed: String(minPartSize),
      PartNumber: String(small.partNumber),
      ETag: small.etag,
    })
  return parts
}

function storedPart(upload: Upload, named: NamedPart, ignoreChecksums: boolean): PartRecord {
  const part = upload.parts.get(named.PartNumber)
  const given = checksumAlgorithms.filter(
    (algorithm) => !ignoreChecksums && named[`Checksum${algorithm}`] !== undefined,
  )
  const missing =
    upload.checksumType === 'COMPOSITE' && given.length === 0
      ? `The upload was created using a ${upload.checksumAlgorithm?.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${named.PartNumber} in the request.`
      : null
  if (missing !== null) throw new S3Error('InvalidRequest', missing)
  const agrees = given.every(
    (algorithm) => part?.checksum?.algorithm === algorithm && part.checksum.value === named[`Checksum${algorithm}`],
  )
  if (part === undefined || part.etag !== named.ETag || !agrees)
    throw new S3Error(
      'InvalidPart',
      "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      { UploadId: upload.uploadId, PartNumber: String(named.PartNumber), ETag: named.ETag },
    )
  return part
}

/** The whole object's checksum, held against what the request says of it. */
function checksumOf({ headers }: ReceivedRequest, upload: Upload, parts: readonly PartRecord[]): Checksum | null {
  const { checksumAlgorithm, checksumType } = upload
  const type = headers['x-amz-checksum-type']
  if (type !== undefined && type !== checksumType)
    throw new S3Error(
      'InvalidRequest',
      `The upload was created using the ${checksumType} checksum mode. The complete request must use the same checksum mode.`,
    )
  const given = checksumAlgorithms.filter((algorithm) => headers[checksumHeader(algorithm)] !== undefined)
  if (given.some((algorithm) => algorithm !== checksumAlgorithm))
    throw new S3Error('InvalidRequest', `The upload was not created using the ${given.join(', ')} checksum.`)
  if (checksumAlgorithm === null || checksumType === null) return null
  const values = parts.map(({ size, checksum }) => ({ size, value: checksum?.value ?? '' }))
  const whole = combineChecksums(checksumAlgorithm, checksumType, values)
  const expected = headers[checksumHeader(checksumAlgorithm)]
  if (expected === undefined) return whole
  if (!isChecksumValue(checksumAlgorithm, expected.replace(/-\d+$/, '')))
    throw new S3Error('InvalidRequest', `Value for ${checksumHeader(checksumAlgorithm)} header is invalid.`)
  if (expected !== whole.value)
    throw new S3Error(
      'BadDigest',
      `The ${checksumAlgorithm.toLowerCase()} you specified did not match the calculated checksum.`,
    )
  return whole
}

function checkSize({ headers }: ReceivedRequest, size: number): void {
  const expected = headers['x-amz-mp-object-size']
  if (expected !== undefined && expected !== String(size))
    throw new S3Error(
      'InvalidRequest',
      `The provided 'x-amz-mp-object-size' header value ${expected} does not match what was computed: ${size}`,
    )
  if (size > mostObjectBytes)
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size')
}

/** S3's ETag of such an object: the MD5 of the parts' MD5s, and how many there were. */
function objectEtagOf(parts: readonly PartRecord[], emulation: Emulation): string {
  const digests = Buffer.from(parts.map(({ etag }) => etag).join(''), 'hex')
  return `${etagOf(createHash('md5').update(digests).digest('hex'), emulation)}-${parts.length}`
}

/** Writes a manifest of the parts; copies no byte. A second Complete finds no upload, as on AWS. */
export const completeMultipartUpload: Operation = async (call, emulation: Emulation) => {
  const { request, bucketName, key } = call
  const bucket = bucketOf(emulation, bucketName)
  refuseUnsupported(request)
  uploadOf(call, emulation)
  return conditionalWrite(call, bucket, emulation.now, async (check) => {
    // The checksum headers of a Complete speak of the object, not of this body.
    const document = readXml(await receiveText(call.body, null), completeSchema, ['Part'])
    const upload = uploadOf(call, emulation)
    const parts = partsOf(upload, document.CompleteMultipartUpload.Part, emulation)
    const checksum = checksumOf(request, upload, parts)
    const size = parts.reduce((sum, part) => sum + part.size, 0)
    checkSize(request, size)
    try {
      check()
    } catch (error) {
      if (error instanceof S3Error && error.code === 'ConditionalRequestConflict') bucket.removeUpload(upload.uploadId)
      throw error
    }
    const etag = objectEtagOf(parts, emulation)
    bucket.completeUpload(upload.uploadId, {
      key,
      size,
      etag,
      lastModified: emulation.now(),
      properties: upload.properties,
      checksum,
      checksumType: upload.checksumType,
      data: parts.map((part) => ({ file: part.file, size: part.size })),
      uploadId: upload.uploadId,
    })
    return xmlAnswer('CompleteMultipartUploadResult', {
      Location: `http://${request.headers.host ?? ''}${request.path}`,
      Bucket: bucketName,
      Key: key,
      ETag: quoted(etag),
      ...checksumElement(checksum),
      ChecksumType: upload.checksumType,
    })
  })
}
