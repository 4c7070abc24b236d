import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { GetObjectCommand, ListMultipartUploadsCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3'
import { expect } from 'vitest'

type Bucket = { readonly s3: S3Client; readonly bucket: string }

/** An object as the bucket lists it. `lastModified` is epoch ms. */
export type ListedObject = {
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly lastModified: number
}

/** All objects of a bucket. */
export async function objectsOf({ s3, bucket }: Bucket): Promise<readonly ListedObject[]> {
  const objects: ListedObject[] = []
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
    for (const { Key = '', Size = 0, ETag = '', LastModified } of Contents) {
      objects.push({ key: Key, size: Size, etag: ETag, lastModified: LastModified?.getTime() ?? 0 })
    }
  }
  return objects
}

/** The first 1,000 unfinished multipart uploads of a bucket. */
export async function uploadsOf({
  s3,
  bucket,
}: Bucket): Promise<readonly { readonly key: string; readonly uploadId: string }[]> {
  const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))
  return Uploads.map(({ Key = '', UploadId = '' }) => ({ key: Key, uploadId: UploadId }))
}

/**
 * Every source arrived: its bytes are those of exactly one object, and the bucket holds nothing else, nor an unfinished
 * upload. A source is the path of a file, or its bytes where the file is not there any more.
 */
export async function expectArrived(bucket: Bucket, sources: readonly (string | Buffer)[]): Promise<void> {
  const sent = await Promise.all(
    sources.map((source) => digestOf(typeof source === 'string' ? createReadStream(source) : [source])),
  )
  const stored = await Promise.all((await objectsOf(bucket)).map(({ key }) => digestOfObject(bucket, key)))
  const unfinished = await uploadsOf(bucket)
  expect({ stored: stored.sort(), unfinished }).toEqual({ stored: sent.sort(), unfinished: [] })
}

/** Of an object's bytes, as `digestOf` tells it. */
export async function digestOfObject({ s3, bucket }: Bucket, key: string): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
  return digestOf(Body as Readable)
}

/** Size and SHA-256: enough to see which bytes differ from which. */
export async function digestOf(bytes: AsyncIterable<Buffer> | Iterable<Buffer>): Promise<string> {
  const hash = createHash('sha256')
  let size = 0
  for await (const piece of bytes) {
    hash.update(piece)
    size += piece.length
  }
  return `${size} bytes, sha256 ${hash.digest('hex')}`
}
