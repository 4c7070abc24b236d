import { checksumHeaders } from '../body/checksum.ts'
import { announcedChecksum, receiveBody } from '../body/receive-body.ts'
import { emptyAnswer } from '../wire/answer.ts'
import { conditionalWrite } from './conditional-write.ts'
import { objectPropertiesOf, refuseUnsupported, withHeaders } from './object-properties.ts'
import { bucketOf, demand, etagOf, type Operation, quoted } from './operation.ts'
import { demandProtection, protectionHeaders, protectionOf } from './protection.ts'
import { storeData } from './store-data.ts'

/** The most that one PutObject, UploadPart or copy may carry: 5 GiB. */
export const mostBytesPerRequest = 5 * 1024 ** 3

export const putObject: Operation = async (call, emulation) => {
  const bucket = bucketOf(emulation, call.bucketName)
  refuseUnsupported(call.request, protectionHeaders)
  const protection = protectionOf(call.request, emulation)
  const properties = withHeaders(objectPropertiesOf(call.request), protection)
  if (properties.tags.length > 0) demand(call.caller, 's3:PutObjectTagging', call.bucketName, call.key)
  demandProtection(call, protection, { inParts: false })
  const announced = announcedChecksum(call.request)
  return conditionalWrite(call, bucket, emulation.now, async (check) => {
    check()
    return storeData(
      emulation.store.data,
      ({ write }) => receiveBody(call.body, { atMost: mostBytesPerRequest, announced, compute: null, write }),
      ({ size, md5, checksum }, file) => {
        check()
        const etag = etagOf(md5, emulation)
        const checksumType = checksum === null ? null : 'FULL_OBJECT'
        bucketOf(emulation, call.bucketName).putObject({
          key: call.key,
          size,
          etag,
          lastModified: emulation.now(),
          properties,
          checksum,
          checksumType,
          data: [{ file, size }],
          uploadId: null,
        })
        return emptyAnswer(200, {
          etag: quoted(etag),
          ...checksumHeaders(checksum),
          ...(checksumType === null ? {} : { 'x-amz-checksum-type': checksumType }),
        })
      },
    )
  })
}
