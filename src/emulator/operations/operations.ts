import { deleteBucketCors, getBucketCors, putBucketCors } from './bucket-cors.ts'
import { getBucketLifecycle, putBucketLifecycle } from './bucket-lifecycle.ts'
import { deleteBucketPolicy, getBucketPolicy, putBucketPolicy } from './bucket-policy.ts'
import { createBucket, deleteBucket, getBucketLocation, headBucket, listBuckets } from './buckets.ts'
import { copyObject, uploadPartCopy } from './copy.ts'
import { deleteObject, deleteObjects } from './delete-objects.ts'
import { getObject, getObjectTagging } from './get-object.ts'
import { listObjects, listObjectsV2 } from './list-objects.ts'
import { abortMultipartUpload } from './multipart/abort-upload.ts'
import { completeMultipartUpload } from './multipart/complete-upload.ts'
import { createMultipartUpload } from './multipart/create-upload.ts'
import { listParts } from './multipart/list-parts.ts'
import { listMultipartUploads } from './multipart/list-uploads.ts'
import { uploadPart } from './multipart/upload-part.ts'
import type { Operation } from './operation.ts'
import { putObject } from './put-object.ts'
import type { OperationName } from './route.ts'

/** All but the one that comes as a form, which names neither key nor caller outside of its body. */
type RoutedOperation = Exclude<OperationName, 'PostObject'>

/**
 * Each operation with the permission it needs on its bucket or key (the S3 user guide's "Required permissions for Amazon
 * S3 API operations"); null: it looks by itself, key by key.
 */
export const operations: Readonly<
  Record<RoutedOperation, { readonly action: string | null; readonly run: Operation }>
> = {
  AbortMultipartUpload: { action: 's3:AbortMultipartUpload', run: abortMultipartUpload },
  CompleteMultipartUpload: { action: 's3:PutObject', run: completeMultipartUpload },
  CopyObject: { action: 's3:PutObject', run: copyObject },
  CreateBucket: { action: 's3:CreateBucket', run: createBucket },
  CreateMultipartUpload: { action: 's3:PutObject', run: createMultipartUpload },
  DeleteBucketCors: { action: 's3:PutBucketCORS', run: deleteBucketCors },
  DeleteBucket: { action: 's3:DeleteBucket', run: deleteBucket },
  DeleteBucketPolicy: { action: 's3:DeleteBucketPolicy', run: deleteBucketPolicy },
  DeleteObject: { action: 's3:DeleteObject', run: deleteObject },
  DeleteObjects: { action: null, run: deleteObjects },
  GetBucketCors: { action: 's3:GetBucketCORS', run: getBucketCors },
  GetBucketLifecycleConfiguration: { action: 's3:GetLifecycleConfiguration', run: getBucketLifecycle },
  GetBucketLocation: { action: 's3:GetBucketLocation', run: getBucketLocation },
  GetBucketPolicy: { action: 's3:GetBucketPolicy', run: getBucketPolicy },
  GetObject: { action: 's3:GetObject', run: getObject },
  GetObjectTagging: { action: 's3:GetObjectTagging', run: getObjectTagging },
  HeadBucket: { action: 's3:ListBucket', run: headBucket },
  HeadObject: { action: 's3:GetObject', run: getObject },
  ListBuckets: { action: 's3:ListAllMyBuckets', run: listBuckets },
  ListMultipartUploads: { action: 's3:ListBucketMultipartUploads', run: listMultipartUploads },
  ListObjects: { action: 's3:ListBucket', run: listObjects },
  ListObjectsV2: { action: 's3:ListBucket', run: listObjectsV2 },
  ListParts: { action: 's3:ListMultipartUploadParts', run: listParts },
  PutBucketCors: { action: 's3:PutBucketCORS', run: putBucketCors },
  PutBucketLifecycleConfiguration: { action: 's3:PutLifecycleConfiguration', run: putBucketLifecycle },
  PutBucketPolicy: { action: 's3:PutBucketPolicy', run: putBucketPolicy },
  PutObject: { action: 's3:PutObject', run: putObject },
  UploadPart: { action: 's3:PutObject', run: uploadPart },
  UploadPartCopy: { action: 's3:PutObject', run: uploadPartCopy },
}
