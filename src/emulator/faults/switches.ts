import { z } from 'zod'
import { S3Error } from '../s3-error.ts'
import type { ReceivedRequest } from '../wire/received-request.ts'
import type { ServedOperation } from './rule.ts'

/** How other stores differ from S3: what of it is to be changed. */
export const switchChangesSchema = z.strictObject({
  /** Neither verifies, stores nor echoes x-amz-checksum-*, as Ceph 16; Content-MD5 is verified. */
  ignoreChecksums: z.boolean().exactOptional(),
  /** Refuses full-object checksums: as the type of a new upload, or with the Complete. */
  refuseFullObject: z.enum(['create', 'complete']).nullable().exactOptional(),
  /** Writes take no notice of If-None-Match. */
  ignoreConditions: z.boolean().exactOptional(),
  /** Writes with If-None-Match are NotImplemented. */
  refuseConditions: z.boolean().exactOptional(),
  /** Milliseconds by which the server's clock is ahead. */
  clockOffset: z.int().exactOptional(),
  /** ETags are no MD5s, and others each time the same bytes are sent, as under SSE-KMS. */
  opaqueEtags: z.boolean().exactOptional(),
})
export type SwitchChanges = Readonly<z.infer<typeof switchChangesSchema>>
export type Switches = Required<SwitchChanges>

export const s3Switches: Switches = {
  ignoreChecksums: false,
  refuseFullObject: null,
  ignoreConditions: false,
  refuseConditions: false,
  clockOffset: 0,
  opaqueEtags: false,
}

const isWrite = ({ method }: ReceivedRequest): boolean => method === 'PUT' || method === 'POST'

/** The request as a store with these switches sees it. Throws where it would refuse it. */
export function asSwitched(request: ReceivedRequest, operation: ServedOperation, switches: Switches): ReceivedRequest {
  const { headers } = request
  if (switches.refuseConditions && isWrite(request) && headers['if-none-match'] !== undefined)
    throw new S3Error('NotImplemented', 'A header you provided implies functionality that is not implemented', {
      Header: 'If-None-Match',
    })
  if (switches.refuseFullObject !== null) refuseFullObject(switches.refuseFullObject, operation, headers)
  const ignored = (name: string) =>
    (switches.ignoreChecksums && /^x-amz-(checksum-.+|sdk-checksum-algorithm|trailer)$/.test(name)) ||
    (switches.ignoreConditions && isWrite(request) && name === 'if-none-match')
  return { ...request, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !ignored(name))) }
}

function refuseFullObject(
  where: 'create' | 'complete',
  operation: ServedOperation,
  headers: ReceivedRequest['headers'],
): void {
  const named = headers['x-amz-checksum-type']?.toUpperCase() === 'FULL_OBJECT'
  if (where === 'create' && operation === 'CreateMultipartUpload' && named)
    throw new S3Error('InvalidRequest', 'The FULL_OBJECT checksum type is not supported.')
  // A composite checksum says of how many parts it is.
  const carried = Object.entries(headers).some(
    ([name, value]) => /^x-amz-checksum-(crc|sha)/.test(name) && !/-\d+$/.test(value),
  )
  if (where === 'complete' && operation === 'CompleteMultipartUpload' && (named || carried))
    throw new S3Error('InvalidPart', 'One or more of the specified parts could not be found.')
}
