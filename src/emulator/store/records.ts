import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Checksum, ChecksumAlgorithm, ChecksumType } from '../body/checksum.ts'

/** What a client said about an object when it created it, kept to be told again. */
export type ObjectProperties = {
  /** `content-type`, `cache-control` and their like, by header name. */
  readonly headers: Readonly<Record<string, string>>
  /** User metadata, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>
  readonly storageClass: string
  readonly tags: readonly (readonly [key: string, value: string])[]
}

/** Bytes of a part or of a whole object; `file` is null where they were discarded. */
export type StoredData = { readonly file: string | null; readonly size: number }

/** An object: a manifest of the data it consists of. Times are epoch milliseconds; ETags have no quotes. */
export type ObjectRecord = {
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly lastModified: number
  readonly properties: ObjectProperties
  readonly checksum: Checksum | null
  readonly checksumType: ChecksumType | null
  readonly data: readonly StoredData[]
  /** The multipart upload that made it. */
  readonly uploadId: string | null
}

export type PartRecord = StoredData & {
  readonly partNumber: number
  readonly etag: string
  readonly checksum: Checksum | null
  readonly lastModified: number
}

export type UploadRecord = {
  readonly uploadId: string
  readonly key: string
  readonly initiated: number
  readonly initiator: { readonly id: string; readonly displayName: string }
  readonly properties: ObjectProperties
  readonly checksumAlgorithm: ChecksumAlgorithm | null
  readonly checksumType: ChecksumType | null
}

/** Writes beside, then renames: whoever reads finds the old record or the new one. Synchronous, so that it is one step. */
export function writeRecord(path: string, record: unknown): void {
  writeFileSync(`${path}.new`, JSON.stringify(record))
  renameSync(`${path}.new`, path)
}

export const readRecord = <Record>(path: string): Record => JSON.parse(readFileSync(path, 'utf8')) as Record

/** The records of a folder; what an interrupted write left beside them is removed. */
export function readRecords<Record>(folder: string): Record[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder).flatMap((name) => {
    if (name.endsWith('.json')) return [readRecord<Record>(join(folder, name))]
    if (name.endsWith('.new')) rmSync(join(folder, name))
    return []
  })
}

/** A key may hold anything, and be longer than a file's name may be: so its record is named by its digest. */
export const recordNameOf = (key: string): string => `${createHash('sha256').update(key).digest('hex')}.json`
