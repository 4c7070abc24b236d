import { createReadStream } from 'node:fs'
import { S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'

/**
 * What a small program with the SDK's own multipart upload does. Arguments: endpoint, bucket, key, path, part size in bytes,
 * parts at once; the keys and the region are in the SDK's variables.
 */
const [endpoint = '', Bucket = '', Key = '', path = '', partSize, queueSize] = process.argv.slice(2)
const client = new S3Client({ endpoint, forcePathStyle: true })
await new Upload({
  client,
  params: { Bucket, Key, Body: createReadStream(path) },
  partSize: Number(partSize),
  queueSize: Number(queueSize),
}).done()
client.destroy()
