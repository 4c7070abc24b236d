import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { awsFailure } from '../aws-failure.ts'
import { withHeaders } from '../kinds/signed/with-headers.ts'
import { type Finding, fine, reasonOf, wrong } from './finding.ts'
import { headersOf, orTaken, type Trial } from './trial.ts'

/** The least that S3 takes as a part that is not the last. */
const smallestPart = 5 * 1_024 * 1_024
const checksum = { ChecksumAlgorithm: 'CRC32' } as const

/**
 * What only the operator's own store can show: whether an upload goes on under the credentials of a renewal (`renewed`),
 * and whether a key that is taken stays as it is.
 */
export const checkOnAws = async (name: string, trial: Trial, renewed: S3Client): Promise<readonly Finding[]> => {
  const Key = `${trial.prefix}continued`
  const findings = [await checkContinued(name, trial, renewed, Key), await checkCreateOnly(name, trial, renewed, Key)]
  await trial.broker.send(new DeleteObjectCommand({ Bucket: trial.bucket, Key })).catch(() => null)
  return findings
}

/** One part by the first session; the second lists it, sends another and completes. */
const checkContinued = async (name: string, trial: Trial, renewed: S3Client, Key: string): Promise<Finding> => {
  const check = `an upload of ${name} goes on after a renewal`
  const { writer, bucket: Bucket } = trial
  const createOnly = trial.options.createOnly ? ({ IfNoneMatch: '*' } as const) : {}
  let UploadId: string | undefined
  try {
    UploadId = (await writer.send(creating(trial, Key))).UploadId
    const upload = { Bucket, Key, UploadId }
    const Body = Buffer.alloc(smallestPart)
    await writer.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body, ...checksum }))
    await renewed.send(new UploadPartCommand({ ...upload, PartNumber: 2, Body: 'the last part', ...checksum }))
    const { Parts = [] } = await renewed.send(new ListPartsCommand(upload))
    const MultipartUpload = {
      Parts: Parts.map(({ PartNumber, ETag, ChecksumCRC32 }) => ({ PartNumber, ETag, ChecksumCRC32 })),
    }
    await orTaken(renewed.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload, ...createOnly })))
    return fine(check, 'listed, continued and completed under other credentials')
  } catch (error) {
    if (UploadId !== undefined)
      await writer.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })).catch(() => null)
    const advice = 'report it: pauses longer than sessionSeconds would begin anew'
    return wrong(check, `does not (${reasonOf(error)})`, advice)
  }
}

/** The key is taken by now: both ways of writing it anew must be refused. */
const checkCreateOnly = async (name: string, trial: Trial, renewed: S3Client, Key: string): Promise<Finding> => {
  const check = `a taken key of ${name} stays as it is (If-None-Match)`
  const { bucket: Bucket } = trial
  const advice = 'do not set createOnly: the store does not keep to If-None-Match'
  const overwrites = await statusOf(() => {
    const command = new PutObjectCommand({ Bucket, Key, Body: 'another', IfNoneMatch: '*', ...checksum })
    command.middlewareStack.use(withHeaders(headersOf(trial, false)))
    return renewed.send(command)
  })
  if (overwrites !== 412) return wrong(check, `PutObject is not refused with 412 (${overwrites})`, advice)
  const completes = await statusOf(async () => {
    const { UploadId } = await renewed.send(creating(trial, Key))
    const upload = { Bucket, Key, UploadId }
    try {
      const { ETag, ChecksumCRC32 } = await renewed.send(
        new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'another', ...checksum }),
      )
      const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] }
      await renewed.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload, IfNoneMatch: '*' }))
    } catch (error) {
      await renewed.send(new AbortMultipartUploadCommand(upload)).catch(() => null)
      throw error
    }
  })
  return completes === 412
    ? fine(check, 'PutObject and CompleteMultipartUpload are refused with 412')
    : wrong(check, `CompleteMultipartUpload is not refused with 412 (${completes})`, advice)
}

const creating = (trial: Trial, Key: string): CreateMultipartUploadCommand => {
  const command = new CreateMultipartUploadCommand({ Bucket: trial.bucket, Key, ...checksum })
  command.middlewareStack.use(withHeaders(headersOf(trial, false)))
  return command
}

const statusOf = async (call: () => Promise<unknown>): Promise<number | null> => {
  try {
    await call()
    return 200
  } catch (error) {
    return awsFailure('', error).status
  }
}
