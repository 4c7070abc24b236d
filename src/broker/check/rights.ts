import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { type Finding, fine, reasonOf } from './finding.ts'
import { allowed, denied, objectOf, orTaken, type Step, type Trial } from './trial.ts'

const Body = 'longshore check'
/** The key of what a trial writes. */
export const triedKey = (prefix: string): string => `${prefix}object`

/** A small object and an unfinished upload, written and looked at as uploads are, and removed again. */
export const checkRights = async (name: string, trial: Trial, isSession: boolean): Promise<readonly Finding[]> => [
  await allowed(`rights of ${name}`, writing(trial)),
  await allowed(`broker's rights for ${name}`, confirming(trial)),
  ...(isSession ? [await denied(`limits of ${name}`, trespassing(trial))] : []),
  await tidied(name, trial),
]

const writing = (trial: Trial): readonly Step[] => {
  const { writer, bucket: Bucket, prefix, options } = trial
  const object = objectOf(trial, triedKey(prefix))
  const part = { Bucket, Key: triedKey(prefix) }
  let UploadId: string | undefined
  const extra = options.encryption?.by === 'kms' ? ', kms:GenerateDataKey and kms:Decrypt on the key' : ''
  const tagging = options.tags ? ', s3:PutObjectTagging' : ''
  return [
    {
      does: 'PutObject',
      needs: `s3:PutObject${tagging}${extra}`,
      run: () =>
        orTaken(
          writer.send(new PutObjectCommand({ ...object, Body, ...(options.createOnly && { IfNoneMatch: '*' }) })),
        ),
    },
    {
      does: 'CreateMultipartUpload',
      needs: `s3:PutObject${tagging}${extra}`,
      run: async () => {
        UploadId = (await writer.send(new CreateMultipartUploadCommand({ ...object, ChecksumAlgorithm: 'CRC32' })))
          .UploadId
      },
    },
    {
      does: 'UploadPart',
      needs: `s3:PutObject${extra}`,
      run: () => writer.send(new UploadPartCommand({ ...part, UploadId, PartNumber: 1, Body })),
    },
    {
      does: 'ListParts',
      needs: 's3:ListMultipartUploadParts',
      run: () => writer.send(new ListPartsCommand({ ...part, UploadId })),
    },
    {
      does: 'AbortMultipartUpload',
      needs: 's3:AbortMultipartUpload',
      run: () => writer.send(new AbortMultipartUploadCommand({ ...part, UploadId })),
    },
  ]
}

const confirming = ({ broker, bucket: Bucket, prefix }: Trial): readonly Step[] => [
  {
    does: 'HeadObject',
    needs: "s3:GetObject to the broker's own identity",
    run: () => broker.send(new HeadObjectCommand({ Bucket, Key: triedKey(prefix) })),
  },
  {
    does: 'ListObjectsV2',
    needs: "s3:ListBucket to the broker's own identity",
    run: () => broker.send(new ListObjectsV2Command({ Bucket, Prefix: prefix, MaxKeys: 1 })),
  },
]

/** What nobody's grant may do. */
export const trespassing = ({ writer, bucket: Bucket, prefix }: Trial): readonly Step[] => {
  const own = { Bucket, Key: triedKey(prefix) }
  const elsewhere = { Bucket, Key: `${prefix.slice(0, -1)}-elsewhere` }
  const step = (does: string, run: () => Promise<unknown>): Step => ({ does, needs: '', run })
  return [
    step('writing elsewhere', () => writer.send(new PutObjectCommand({ ...elsewhere, Body }))),
    step('beginning an upload elsewhere', () => writer.send(new CreateMultipartUploadCommand(elsewhere))),
    step('reading', () => writer.send(new GetObjectCommand(own))),
    step('looking', () => writer.send(new HeadObjectCommand(own))),
    step('deleting', () => writer.send(new DeleteObjectCommand(own))),
    step('listing', () => writer.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 }))),
  ]
}

const tidied = async (name: string, { broker, bucket: Bucket, prefix }: Trial): Promise<Finding> => {
  const check = `after the trial of ${name}`
  const Key = triedKey(prefix)
  try {
    await broker.send(new DeleteObjectCommand({ Bucket, Key }))
    return fine(check, 'nothing is left')
  } catch (error) {
    return fine(check, `"${Key}" is left (${reasonOf(error)}); the broker needs no right to delete, so do it yourself`)
  }
}
