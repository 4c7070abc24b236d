import { checksumElement } from '../../body/checksum.ts'
import { xmlAnswer } from '../../wire/answer.ts'
import { owner } from '../buckets.ts'
import { isoTime, numberParameter, type Operation, pageSize, quoted } from '../operation.ts'
import { abortHeaders, uploadOf } from './upload-of.ts'

export const listParts: Operation = async (call, emulation) => {
  const { request } = call
  const upload = uploadOf(call, emulation)
  const size = pageSize(request, 'max-parts')
  const marker = numberParameter(request, 'part-number-marker', { least: 0, most: 2_147_483_647 }, 0)
  const after = [...upload.parts.values()]
    .filter(({ partNumber }) => partNumber > marker)
    .sort((left, right) => left.partNumber - right.partNumber)
  const page = after.slice(0, size)
  return xmlAnswer(
    'ListPartsResult',
    {
      Bucket: call.bucketName,
      Key: upload.key,
      UploadId: upload.uploadId,
      Initiator: { ID: upload.initiator.id, DisplayName: upload.initiator.displayName },
      Owner: owner,
      StorageClass: upload.properties.storageClass,
      ChecksumAlgorithm: upload.checksumAlgorithm,
      ChecksumType: upload.checksumType,
      PartNumberMarker: marker,
      NextPartNumberMarker: page.at(-1)?.partNumber ?? 0,
      MaxParts: size,
      IsTruncated: after.length > page.length,
      Part: page.map((part) => ({
        PartNumber: part.partNumber,
        LastModified: isoTime(part.lastModified),
        ETag: quoted(part.etag),
        Size: part.size,
        ...checksumElement(upload.checksumAlgorithm === null ? null : part.checksum),
      })),
    },
    abortHeaders(upload.initiated, emulation),
  )
}
