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
import { carriesCredentials, kinds } from '../../shared/broker-kinds.ts'
import type { ObjectOptions } from '../../shared/object-options.ts'
import { withHeaders } from '../kinds/signed/with-headers.ts'
import { type Finding, fine, reasonOf, unseen } from './finding.ts'
import { allowed, denied, headersOf, orTaken, type Step, type Trial } from './trial.ts'

const Body = 'longshore check'
/** The key of what a trial writes. */
export const triedKey = (prefix: string): string => `${prefix}object`

/** What uploads of the purpose's kind do, up to a small object and an upload that is left, all removed again. */
export const checkRights = async (name: string, trial: Trial, isSession: boolean): Promise<readonly Finding[]> => [
  await allowed(`rights of ${name}`, [putting(trial), ...(kinds[trial.kind].multipart ? uploading(trial) : [])]),
  ...(isLocked(trial.options) && !kinds[trial.kind].multipart ? [lockUntried(name)] : []),
  await allowed(`broker's rights for ${name}`, confirming(trial)),
  ...(isSession ? [await denied(`limits of ${name}`, trespassing(trial))] : []),
  await tidied(name, trial),
]

const isLocked = ({ objectLock, legalHold }: ObjectOptions): boolean => objectLock !== undefined || legalHold === true

const lockUntried = (name: string): Finding =>
  unseen(
    `object lock of ${name}`,
    'what is locked could not be removed, so no such object was written',
    'allow s3:PutObjectRetention for objectLock and s3:PutObjectLegalHold for legalHold, and send one file',
  )

const keyRights = ({ encryption }: ObjectOptions): string =>
  encryption?.by === 'kms' ? ', kms:GenerateDataKey and kms:Decrypt on the key' : ''
const tagRights = ({ tags }: ObjectOptions): string => (tags ? ', s3:PutObjectTagging' : '')
const lockRights = ({ objectLock, legalHold }: ObjectOptions): string =>
  (objectLock ? ', s3:PutObjectRetention' : '') + (legalHold ? ', s3:PutObjectLegalHold' : '')

const putting = (trial: Trial): Step => {
  const { writer, bucket: Bucket, prefix, options } = trial
  return {
    does: 'PutObject',
    needs: `s3:PutObject${tagRights(options)}${keyRights(options)}`,
    run: () => {
      const command = new PutObjectCommand({
        ...{ Bucket, Key: triedKey(prefix), Body, ChecksumAlgorithm: 'CRC32' },
        ...(options.createOnly && { IfNoneMatch: '*' }),
      })
      command.middlewareStack.use(withHeaders(headersOf(trial, false)))
      return orTaken(writer.send(command))
    },
  }
}

/** An upload that is never completed, and so may ask for what would keep its object. */
const uploading = (trial: Trial): readonly Step[] => {
  const { writer, broker, bucket: Bucket, prefix, kind, options } = trial
  // of signed uploads the broker does by itself all that carries no bytes
  const keeper = carriesCredentials(kind) ? writer : broker
  const upload = { Bucket, Key: triedKey(prefix) }
  let UploadId: string | undefined
  return [
    {
      does: `CreateMultipartUpload${isLocked(options) ? ' with object lock' : ''}`,
      needs: `s3:PutObject${tagRights(options)}${lockRights(options)}${keyRights(options)}`,
      run: async () => {
        const command = new CreateMultipartUploadCommand({ ...upload, ChecksumAlgorithm: 'CRC32' })
        command.middlewareStack.use(withHeaders(headersOf(trial, true)))
        UploadId = (await keeper.send(command)).UploadId
      },
    },
    {
      does: 'UploadPart',
      needs: `s3:PutObject${keyRights(options)}`,
      run: () =>
        writer.send(new UploadPartCommand({ ...upload, UploadId, PartNumber: 1, Body, ChecksumAlgorithm: 'CRC32' })),
    },
    {
      does: 'ListParts',
      needs: 's3:ListMultipartUploadParts',
      run: () => keeper.send(new ListPartsCommand({ ...upload, UploadId })),
    },
    {
      does: 'AbortMultipartUpload',
      needs: 's3:AbortMultipartUpload',
      run: () => keeper.send(new AbortMultipartUploadCommand({ ...upload, UploadId })),
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
