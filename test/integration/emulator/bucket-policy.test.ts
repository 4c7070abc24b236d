import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { expect, test } from 'vitest'
import { bucket, refusalOf, startTestEmulator } from './test-emulator.ts'

const Body = 'hello world'
const denied = { code: 'AccessDenied', status: 403 }

const deny = (s3: S3Client, Condition: object, Action = 's3:PutObject') => {
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]
  const Statement = { Effect: 'Deny', Principal: '*', Action, Resource, Condition }
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
  return s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
}
const put = (s3: S3Client, more: object = {}) =>
  s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body, ...more }))

test('A bucket policy that denies what is not over TLS shuts everyone out of objects, nobody out of the policy', async () => {
  await using scene = await startTestEmulator()
  const { s3 } = scene
  await deny(s3, { Bool: { 'aws:SecureTransport': 'false' } }, 's3:*')
  expect(await refusalOf(put(s3))).toEqual(denied)
  const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: bucket }))
  expect(JSON.parse(Policy ?? '').Statement.Effect).toBe('Deny')
  await s3.send(new DeleteBucketPolicyCommand({ Bucket: bucket }))
  await put(s3)
})

test('A bucket policy can demand encryption with KMS, also where no encryption is named', async () => {
  await using scene = await startTestEmulator()
  const { s3 } = scene
  await deny(s3, { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } })
  expect(await refusalOf(put(s3))).toEqual(denied)
  expect(await refusalOf(put(s3, { ServerSideEncryption: 'AES256' }))).toEqual(denied)
  await put(s3, { ServerSideEncryption: 'aws:kms' })
})

test('A bucket policy can end presigned requests sooner than they say themselves', async () => {
  await using scene = await startTestEmulator()
  const { s3 } = scene
  await deny(s3, { NumericGreaterThan: { 's3:signatureAge': '600000' } })
  const statusOf = async (minutesAgo: number) => {
    const signingDate = new Date(Date.now() - minutesAgo * 60_000)
    const command = new PutObjectCommand({ Bucket: bucket, Key: 'a' })
    const url = await getSignedUrl(s3, command, { expiresIn: 3_600, signingDate })
    return (await fetch(url, { method: 'PUT', body: Body })).status
  }
  expect(await statusOf(9)).toBe(200)
  expect(await statusOf(11)).toBe(403)
  await put(s3)
})

test('A bucket policy can demand If-None-Match of objects, and then takes parts without it', async () => {
  await using scene = await startTestEmulator()
  const { s3 } = scene
  await deny(s3, { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } })
  expect(await refusalOf(put(s3))).toEqual(denied)
  await put(s3, { IfNoneMatch: '*' })
  const upload = { Bucket: bucket, Key: 'b' }
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...upload, ChecksumAlgorithm: 'CRC32' }))
  const { ETag, ChecksumCRC32 } = await s3.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body }))
  const joined = { ...upload, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] } }
  expect(await refusalOf(s3.send(new CompleteMultipartUploadCommand(joined)))).toEqual(denied)
  await s3.send(new CompleteMultipartUploadCommand({ ...joined, IfNoneMatch: '*' }))
})

test.each([
  ['by no VPC endpoint', { StringNotEquals: { 'aws:SourceVpce': 'vpce-1a2b' } }],
  ['by no access point of the account', { StringNotEquals: { 's3:DataAccessPointAccount': '123456789012' } }],
  ['from another address', { NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }],
])('A bucket policy can deny what comes %s', async (_what, condition) => {
  await using scene = await startTestEmulator()
  await deny(scene.s3, condition)
  expect(await refusalOf(put(scene.s3))).toEqual(denied)
})

test('A bucket policy that allows, or says what is not understood, is refused and changes nothing', async () => {
  await using scene = await startTestEmulator()
  const { s3 } = scene
  expect(await refusalOf(deny(s3, { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } }))).toEqual({
    code: 'MalformedPolicy',
    status: 400,
  })
  expect(await refusalOf(s3.send(new GetBucketPolicyCommand({ Bucket: bucket })))).toEqual({
    code: 'NoSuchBucketPolicy',
    status: 404,
  })
})
