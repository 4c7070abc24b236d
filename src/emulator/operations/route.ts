import { S3Error } from '../s3-error.ts'

/** Query parameters that make another operation of a request. One that is not known must never fall back to the plain one. */
const subresources = [
  'accelerate',
  'acl',
  'analytics',
  'append',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'list-type',
  'location',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'partNumber',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'session',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
]

const routes = {
  'GET service': 'ListBuckets',
  'GET bucket': 'ListObjects',
  'GET bucket lifecycle': 'GetBucketLifecycleConfiguration',
  'GET bucket list-type': 'ListObjectsV2',
  'GET bucket cors': 'GetBucketCors',
  'GET bucket location': 'GetBucketLocation',
  'GET bucket policy': 'GetBucketPolicy',
  'GET bucket uploads': 'ListMultipartUploads',
  'PUT bucket': 'CreateBucket',
  'PUT bucket lifecycle': 'PutBucketLifecycleConfiguration',
  'PUT bucket policy': 'PutBucketPolicy',
  'PUT bucket cors': 'PutBucketCors',
  'HEAD bucket': 'HeadBucket',
  'DELETE bucket': 'DeleteBucket',
  'DELETE bucket policy': 'DeleteBucketPolicy',
  'DELETE bucket cors': 'DeleteBucketCors',
  'POST bucket': 'PostObject',
  'POST bucket delete': 'DeleteObjects',
  'GET object': 'GetObject',
  'GET object tagging': 'GetObjectTagging',
  'GET object uploadId': 'ListParts',
  'HEAD object': 'HeadObject',
  'PUT object': 'PutObject',
  'PUT object copy': 'CopyObject',
  'PUT object partNumber uploadId': 'UploadPart',
  'PUT object partNumber uploadId copy': 'UploadPartCopy',
  'POST object uploads': 'CreateMultipartUpload',
  'POST object uploadId': 'CompleteMultipartUpload',
  'DELETE object': 'DeleteObject',
  'DELETE object uploadId': 'AbortMultipartUpload',
} as const

/** The operations as the S3 API reference names them. */
export type OperationName = (typeof routes)[keyof typeof routes]
export const operationNames: readonly OperationName[] = Object.values(routes)

/** Which operation a request is. Throws NotImplemented for one of S3's that is not here, else MethodNotAllowed. */
export function routeOf(request: {
  readonly method: string
  readonly target: 'service' | 'bucket' | 'object'
  readonly parameterNames: readonly string[]
  readonly copies: boolean
}): OperationName {
  const named = [...new Set(request.parameterNames)].filter((name) => subresources.includes(name)).sort()
  const route = [request.method, request.target, ...named, ...(request.copies ? ['copy'] : [])].join(' ')
  if (Object.hasOwn(routes, route)) return routes[route as keyof typeof routes]
  if (named.length > 0 || request.copies)
    throw new S3Error('NotImplemented', `A request you made implies functionality that is not implemented: ${route}`)
  throw new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.')
}
