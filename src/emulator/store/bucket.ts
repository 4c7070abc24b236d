import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { CorsRule } from '../access/cors.ts'
import type { DataFiles } from './data-files.ts'
import {
  type ObjectRecord,
  type PartRecord,
  readRecord,
  readRecords,
  recordNameOf,
  type StoredData,
  type UploadRecord,
  writeRecord,
} from './records.ts'

/** An unfinished upload; part numbers may have gaps. */
export type Upload = UploadRecord & { readonly parts: ReadonlyMap<number, PartRecord> }

/**
 * One bucket. The folder is the truth, the maps are its index; each change writes the folder first and is one synchronous
 * step, so no lock is needed between a check and the change that rests on it. Bytes that a change frees are removed after
 * it; `settled` waits for that.
 */
export type Bucket = {
  readonly name: string
  readonly createdAt: number
  readonly objects: ReadonlyMap<string, ObjectRecord>
  readonly uploads: ReadonlyMap<string, Upload>
  /** All keys in the order of their UTF-8 bytes, which is S3's. */
  sortedKeys(): readonly string[]
  putObject(record: ObjectRecord): void
  deleteObject(key: string): void
  /** Tells from now on until `end` whether the key was deleted meanwhile: what a conditional write conflicts with. */
  watchDeletion(key: string): { deleted(): boolean; end(): void }
  createUpload(record: Omit<UploadRecord, 'uploadId'>): Upload
  savePart(uploadId: string, part: PartRecord): void
  /** Makes the object of some of the upload's parts and ends the upload. */
  completeUpload(uploadId: string, record: ObjectRecord): void
  removeUpload(uploadId: string): void
  /** Empty where pages of other origins may do nothing. */
  corsRules(): readonly CorsRule[]
  setCorsRules(rules: readonly CorsRule[]): void
  /** The lifecycle configuration as it was put, null where there is none. */
  lifecycle(): string | null
  setLifecycle(document: string): void
  /** The bucket policy as it was put, null where there is none. */
  policy(): string | null
  setPolicy(text: string | null): void
  settled(): Promise<void>
}

type OpenUpload = UploadRecord & { readonly parts: Map<number, PartRecord> }

const filesOf = (data: Iterable<StoredData>): string[] => [...data].flatMap(({ file }) => (file === null ? [] : [file]))

/** Every file that the bucket's records name. */
export const filesOfBucket = (bucket: Bucket): string[] => [
  ...[...bucket.objects.values()].flatMap((record) => filesOf(record.data)),
  ...[...bucket.uploads.values()].flatMap((upload) => filesOf(upload.parts.values())),
]

/** Reads a bucket's folder, and finishes there what a crash interrupted. */
export function openBucket(folder: string, data: DataFiles): Bucket {
  const objectsFolder = join(folder, 'objects')
  const uploadsFolder = join(folder, 'uploads')
  mkdirSync(objectsFolder, { recursive: true })
  mkdirSync(uploadsFolder, { recursive: true })
  const { name, createdAt } = readRecord<{ name: string; createdAt: number }>(join(folder, 'bucket.json'))
  const objects = new Map(readRecords<ObjectRecord>(objectsFolder).map((record) => [record.key, record]))
  const uploads = readUploads(uploadsFolder, new Set([...objects.values()].map((record) => record.uploadId)))
  const watches = new Set<{ readonly key: string; deleted: boolean }>()
  const removals = new Set<Promise<void>>()
  let sorted: readonly string[] | null = null
  const lifecycleFile = join(folder, 'lifecycle.json')
  let lifecycle = existsSync(lifecycleFile) ? readRecord<string>(lifecycleFile) : null
  const policyFile = join(folder, 'policy.json')
  let policy = existsSync(policyFile) ? readRecord<string | null>(policyFile) : null
  const corsFile = join(folder, 'cors.json')
  let corsRules: readonly CorsRule[] = existsSync(corsFile) ? readRecord<readonly CorsRule[]>(corsFile) : []

  const free = (stored: Iterable<StoredData>) => {
    const removal = data.remove(filesOf(stored)).finally(() => removals.delete(removal))
    removals.add(removal)
  }
  const open = (uploadId: string): OpenUpload => {
    const upload = uploads.get(uploadId)
    if (upload === undefined) throw new Error(`No upload ${uploadId} in bucket ${name}`)
    return upload
  }
  const forget = (uploadId: string) => {
    uploads.delete(uploadId)
    rmSync(join(uploadsFolder, uploadId), { recursive: true, force: true })
  }
  const putObject = (record: ObjectRecord) => {
    const replaced = objects.get(record.key)
    writeRecord(join(objectsFolder, recordNameOf(record.key)), record)
    objects.set(record.key, record)
    if (replaced === undefined) sorted = null
    else free(replaced.data)
  }

  return {
    name,
    createdAt,
    objects,
    uploads,
    sortedKeys() {
      sorted ??= [...objects.keys()]
        .map((key) => Buffer.from(key))
        .sort(Buffer.compare)
        .map((bytes) => bytes.toString())
      return sorted
    },
    putObject,
    deleteObject(key) {
      const record = objects.get(key)
      if (record === undefined) return
      rmSync(join(objectsFolder, recordNameOf(key)))
      objects.delete(key)
      sorted = null
      for (const watch of watches) if (watch.key === key) watch.deleted = true
      free(record.data)
    },
    watchDeletion(key) {
      const watch = { key, deleted: false }
      watches.add(watch)
      return { deleted: () => watch.deleted, end: () => void watches.delete(watch) }
    },
    createUpload(record) {
      const upload = { uploadId: randomBytes(32).toString('hex'), ...record, parts: new Map<number, PartRecord>() }
      const { parts, ...saved } = upload
      mkdirSync(join(uploadsFolder, upload.uploadId))
      writeRecord(join(uploadsFolder, upload.uploadId, 'upload.json'), saved)
      uploads.set(upload.uploadId, upload)
      return upload
    },
    savePart(uploadId, part) {
      const { parts } = open(uploadId)
      const replaced = parts.get(part.partNumber)
      writeRecord(join(uploadsFolder, uploadId, partRecordName(part.partNumber)), part)
      parts.set(part.partNumber, part)
      if (replaced !== undefined) free([replaced])
    },
    completeUpload(uploadId, record) {
      const { parts } = open(uploadId)
      putObject(record)
      forget(uploadId)
      const used = new Set(filesOf(record.data))
      free([...parts.values()].filter(({ file }) => file !== null && !used.has(file)))
    },
    removeUpload(uploadId) {
      const { parts } = open(uploadId)
      forget(uploadId)
      free(parts.values())
    },
    corsRules: () => corsRules,
    setCorsRules(rules) {
      writeRecord(corsFile, rules)
      corsRules = rules
    },
    policy: () => policy,
    setPolicy(text) {
      writeRecord(policyFile, text)
      policy = text
    },
    lifecycle: () => lifecycle,
    setLifecycle(document) {
      writeRecord(lifecycleFile, document)
      lifecycle = document
    },
    settled: async () => void (await Promise.all(removals)),
  }
}

const partRecordName = (partNumber: number): string => `part-${partNumber}.json`

/** `completed`: uploads that have become objects; a crash may have left their records, whose data are the objects' now. */
function readUploads(folder: string, completed: ReadonlySet<string | null>): Map<string, OpenUpload> {
  const uploads = new Map<string, OpenUpload>()
  for (const uploadId of readdirSync(folder)) {
    const upload = join(folder, uploadId)
    if (completed.has(uploadId) || !existsSync(join(upload, 'upload.json'))) {
      rmSync(upload, { recursive: true, force: true })
      continue
    }
    const parts = readRecords<PartRecord | UploadRecord>(upload).filter((record) => 'partNumber' in record)
    uploads.set(uploadId, {
      ...readRecord<UploadRecord>(join(upload, 'upload.json')),
      parts: new Map(parts.map((part) => [part.partNumber, part])),
    })
  }
  return uploads
}
