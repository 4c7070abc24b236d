import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Bucket, filesOfBucket, openBucket } from './bucket.ts'
import { type DataFiles, openDataFiles } from './data-files.ts'
import { writeRecord } from './records.ts'

/** All buckets of one directory, which belongs to one running emulator. */
export type Store = {
  readonly buckets: ReadonlyMap<string, Bucket>
  readonly data: DataFiles
  /** The name must have been checked: it becomes a folder's name. */
  createBucket(name: string, createdAt: number): void
  /** The bucket has no objects; its unfinished uploads go with it. */
  deleteBucket(name: string): void
  settled(): Promise<void>
}

/** Reads the whole directory and removes the data that no record names: only one emulator may have it open. */
export function openStore(directory: string, discard: boolean): Store {
  const bucketsFolder = join(directory, 'buckets')
  mkdirSync(bucketsFolder, { recursive: true })
  const data = openDataFiles(join(directory, 'data'), discard)
  const buckets = new Map<string, Bucket>()
  for (const name of readdirSync(bucketsFolder)) {
    const folder = join(bucketsFolder, name)
    if (existsSync(join(folder, 'bucket.json'))) buckets.set(name, openBucket(folder, data))
  }
  data.keepOnly(new Set([...buckets.values()].flatMap(filesOfBucket)))
  return {
    buckets,
    data,
    createBucket(name, createdAt) {
      const folder = join(bucketsFolder, name)
      mkdirSync(folder, { recursive: true })
      writeRecord(join(folder, 'bucket.json'), { name, createdAt })
      buckets.set(name, openBucket(folder, data))
    },
    deleteBucket(name) {
      const bucket = buckets.get(name)
      for (const uploadId of bucket?.uploads.keys() ?? []) bucket?.removeUpload(uploadId)
      buckets.delete(name)
      rmSync(join(bucketsFolder, name), { recursive: true, force: true })
    },
    settled: async () => void (await Promise.all([...buckets.values()].map((bucket) => bucket.settled()))),
  }
}
