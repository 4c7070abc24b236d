import {
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadRequest,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import type { EmulatorOptions } from '../../../../src/emulator/start-emulator.ts'
import { bucket, startTestEmulator } from '../test-emulator.ts'

/** A test's emulator with its switchboard. */
export async function startWithFaults(options: Partial<EmulatorOptions> = {}) {
  const scene = await startTestEmulator({ minPartSize: 1, ...options, faults: true })
  const { faults, faultsEndpoint } = scene.emulator
  if (faults === null || faultsEndpoint === null) throw new Error('There is no switchboard')
  return { ...scene, faults, faultsEndpoint }
}

export const object = { Bucket: bucket, Key: 'drop/film.mov' }

/** Whether the object is there. */
export const isThere = (s3: S3Client): Promise<boolean> =>
  s3.send(new HeadObjectCommand(object)).then(
    () => true,
    () => false,
  )

/** An upload of one part, and what completes it. */
export async function uploadOfOnePart(s3: S3Client): Promise<CompleteMultipartUploadRequest & { UploadId: string }> {
  const checksum = { ChecksumAlgorithm: 'CRC32', ChecksumType: 'FULL_OBJECT' } as const
  const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand({ ...object, ...checksum }))
  const { ETag } = await s3.send(new UploadPartCommand({ ...object, UploadId, PartNumber: 1, Body: 'part' }))
  return { ...object, UploadId, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }
}

export const complete = (request: CompleteMultipartUploadRequest) => new CompleteMultipartUploadCommand(request)
