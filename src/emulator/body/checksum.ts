import { createHash } from 'node:crypto'
import { S3Error } from '../s3-error.ts'
import { type CyclicChecksum, crc32, crc32c, crc64nvme } from './cyclic-checksum.ts'

export const checksumAlgorithms = ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number]
/** Of the parts' checksums, or of all the bytes (S3 user guide, "Checking object integrity"). */
export type ChecksumType = 'COMPOSITE' | 'FULL_OBJECT'

/** `value` is base64, of a composite checksum with `-N` behind it. */
export type Checksum = { readonly algorithm: ChecksumAlgorithm; readonly value: string }

const cyclic: Readonly<Partial<Record<ChecksumAlgorithm, CyclicChecksum>>> = {
  CRC32: crc32,
  CRC32C: crc32c,
  CRC64NVME: crc64nvme,
}
const digestLengths: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  SHA1: 20,
  SHA256: 32,
}

/** The header that carries a checksum, in lower case. */
export const checksumHeader = (algorithm: ChecksumAlgorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`

/** The XML element of a checksum, none for null. */
export const checksumElement = (checksum: Checksum | null): Readonly<Record<string, string>> =>
  checksum === null ? {} : { [`Checksum${checksum.algorithm}`]: checksum.value }

/** The answer's headers for a checksum. */
export const checksumHeaders = (checksum: Checksum | null): Readonly<Record<string, string>> =>
  checksum === null ? {} : { [checksumHeader(checksum.algorithm)]: checksum.value }

/** Throws InvalidRequest for a name that is none of `checksumAlgorithms`. */
export function parseAlgorithm(name: string): ChecksumAlgorithm {
  const algorithm = checksumAlgorithms.find((candidate) => candidate === name.toUpperCase())
  if (algorithm === undefined)
    throw new S3Error(
      'InvalidRequest',
      'Checksum algorithm provided is unsupported. Please try again with another one.',
    )
  return algorithm
}

/** Whether a text could be this algorithm's value: base64 of the right length. */
export const isChecksumValue = (algorithm: ChecksumAlgorithm, value: string): boolean => {
  const bytes = Buffer.from(value, 'base64')
  return bytes.length === digestLengths[algorithm] && bytes.toString('base64') === value
}

const encode = (value: bigint, bytes: 4 | 8): string =>
  Buffer.from(value.toString(16).padStart(bytes * 2, '0'), 'hex').toString('base64')
const decode = (value: string): bigint => BigInt(`0x${Buffer.from(value, 'base64').toString('hex')}`)

/** Computes a checksum piece by piece. */
export function startChecksum(algorithm: ChecksumAlgorithm): { update(data: Uint8Array): void; value(): string } {
  const crc = cyclic[algorithm]
  if (crc !== undefined) {
    const running = crc.start()
    return { update: running.update, value: () => encode(running.value(), crc.bytes) }
  }
  const hash = createHash(algorithm.toLowerCase())
  return { update: (data) => void hash.update(data), value: () => hash.digest('base64') }
}

/** S3's type where a multipart upload names none: only CRC64NVME has the full object as its default. */
export const defaultChecksumType = (algorithm: ChecksumAlgorithm): ChecksumType =>
  algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE'

/** Whether S3 offers the combination: SHA digests do not combine, CRC64NVME has no composite. */
export const supportsType = (algorithm: ChecksumAlgorithm, type: ChecksumType): boolean =>
  type === 'FULL_OBJECT' ? cyclic[algorithm] !== undefined : algorithm !== 'CRC64NVME'

/** The object's checksum from its parts' in order, without reading a byte again. */
export function combineChecksums(
  algorithm: ChecksumAlgorithm,
  type: ChecksumType,
  parts: readonly { readonly size: number; readonly value: string }[],
): Checksum {
  const crc = cyclic[algorithm]
  if (type === 'FULL_OBJECT' && crc !== undefined) {
    const whole = parts.reduce((sum, part) => crc.combine(sum, decode(part.value), part.size), 0n)
    return { algorithm, value: encode(whole, crc.bytes) }
  }
  const running = startChecksum(algorithm)
  for (const part of parts) running.update(Buffer.from(part.value, 'base64'))
  return { algorithm, value: `${running.value()}-${parts.length}` }
}
