import {
  type ChecksumAlgorithm,
  type ChecksumType,
  defaultChecksumType,
  parseAlgorithm,
  supportsType,
} from '../../body/checksum.ts'
import { S3Error } from '../../s3-error.ts'
import { xmlAnswer } from '../../wire/answer.ts'
import type { ReceivedRequest } from '../../wire/received-request.ts'
import { objectPropertiesOf, refuseUnsupported, withHeaders } from '../object-properties.ts'
import { bucketOf, demand, type Operation } from '../operation.ts'
import { demandProtection, protectionHeaders, protectionOf } from '../protection.ts'
import { abortHeaders } from './upload-of.ts'

type Chosen = { readonly algorithm: ChecksumAlgorithm | null; readonly type: ChecksumType | null }

function checksumOf({ headers }: ReceivedRequest): Chosen {
  const name = headers['x-amz-checksum-algorithm']
  const type = headers['x-amz-checksum-type']?.toUpperCase()
  if (name === undefined) {
    if (type !== undefined)
      throw new S3Error(
        'InvalidRequest',
        'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
      )
    return { algorithm: null, type: null }
  }
  const algorithm = parseAlgorithm(name)
  if (type === undefined) return { algorithm, type: defaultChecksumType(algorithm) }
  if ((type !== 'COMPOSITE' && type !== 'FULL_OBJECT') || !supportsType(algorithm, type))
    throw new S3Error(
      'InvalidRequest',
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    )
  return { algorithm, type }
}

export const createMultipartUpload: Operation = async (call, emulation) => {
  const { request, caller, bucketName, key } = call
  const bucket = bucketOf(emulation, bucketName)
  refuseUnsupported(request, protectionHeaders)
  const protection = protectionOf(request, emulation)
  const properties = withHeaders(objectPropertiesOf(request), protection)
  if (properties.tags.length > 0) demand(caller, 's3:PutObjectTagging', bucketName, key)
  demandProtection(call, protection, { inParts: true })
  const { algorithm, type } = checksumOf(request)
  const upload = bucket.createUpload({
    key,
    initiated: emulation.now(),
    initiator: { id: caller.arn, displayName: caller.userId },
    properties,
    checksumAlgorithm: algorithm,
    checksumType: type,
  })
  return xmlAnswer(
    'InitiateMultipartUploadResult',
    { Bucket: bucketName, Key: key, UploadId: upload.uploadId },
    {
      ...abortHeaders(upload.initiated, emulation),
      ...(algorithm === null ? {} : { 'x-amz-checksum-algorithm': algorithm }),
      ...(type === null ? {} : { 'x-amz-checksum-type': type }),
    },
  )
}
