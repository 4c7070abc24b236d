import { randomUUID } from 'node:crypto'
import type { Answer } from '../../src/main/engine/broker/broker-client.ts'
import type { Grant } from '../../src/main/engine/db/grants.ts'
import type { SavedPart } from '../../src/main/engine/db/transfer-reads.ts'
import type { NewTransfer } from '../../src/main/engine/db/transfers.ts'
import { usualPart } from '../../src/main/engine/transfers/part-plan.ts'
import type { FinishedObject, Transfer, TransferEvent } from '../../src/main/engine/transfers/state.ts'
import type { Destination, RenewResponse } from '../../src/shared/broker-api.ts'
import type { Failure } from '../../src/shared/failure.ts'

const mebibyte = 1024 * 1024

/** A row without a place at the store yet, 40 MiB in three parts. */
export function transfer(overrides: Partial<Transfer> = {}): Transfer {
  return {
    id: 1,
    uuid: '4a1e4b7e-6f0c-4a44-9d0e-2f6f2f9f6a10',
    accountId: 1,
    purpose: 'inbox',
    folderId: null,
    relativePath: 'holiday/beach.mov',
    sourcePath: '/home/ada/holiday/beach.mov',
    sourceId: `${40 * mebibyte}:1:1:1:1`,
    size: 40 * mebibyte,
    contentType: 'video/quicktime',
    modifiedAt: 1_700_000_000_000,
    grantId: null,
    bucket: null,
    key: null,
    partSize: usualPart,
    replaces: false,
    movedFrom: null,
    state: 'queued',
    uploadId: null,
    abortAt: null,
    attempts: 0,
    restarts: 0,
    retryAt: 0,
    priority: 0,
    failure: null,
    etag: null,
    checksum: null,
    verification: null,
    versionId: null,
    receipt: null,
    reportedAt: null,
    createdAt: 1_000_000,
    updatedAt: 1_000_000,
    ...overrides,
  }
}

/** For permissions of rows of which none is of a watched folder. */
export const noFolders = (): never => {
  throw new Error('there is no watched folder')
}

/** A file of its own that was just found. */
export function newTransfer(overrides: Partial<NewTransfer> = {}): NewTransfer {
  const uuid = randomUUID()
  const { accountId, purpose, size, contentType, modifiedAt, partSize, sourceId } = transfer()
  return {
    ...{ uuid, accountId, purpose, size, contentType, modifiedAt, partSize, sourceId },
    relativePath: `${uuid}.mov`,
    sourcePath: `/home/ada/${uuid}.mov`,
    folderId: null,
    replaces: false,
    state: 'queued',
    failure: null,
    retryAt: 0,
    ...overrides,
  }
}

export function savedPart(overrides: Partial<SavedPart> = {}): SavedPart {
  const { partNumber = 1 } = overrides
  return {
    partNumber,
    size: usualPart,
    etag: `etag-${partNumber}`,
    checksum: 'AAAAAA==',
    proof: 'checksum',
    ...overrides,
  }
}

export function destination(overrides: Partial<Destination> = {}): Destination {
  return {
    kind: 'federation_token',
    bucket: 'inbox',
    prefix: 'drops/1/',
    region: 'eu-central-1',
    endpoint: null,
    addressing: 'virtual_host',
    accelerate: false,
    dualStack: false,
    options: {},
    ...overrides,
  }
}

export function grant(overrides: Partial<Omit<Grant, 'id'>> = {}): Omit<Grant, 'id'> {
  return {
    accountId: 1,
    purpose: 'inbox',
    destination: destination(),
    token: 'signed',
    renewUntil: 2_000_000,
    ...overrides,
  }
}

/** The broker's answer to a renewal, good for `lasts` ms by its own clock. */
export function renewed(name: string, { askedAt = 0, serverTime = 0, lasts = 900_000 } = {}): Answer<RenewResponse> {
  const credentials = {
    accessKeyId: name,
    secretAccessKey: 'secret',
    sessionToken: 'session',
    expiration: serverTime + lasts,
  }
  return { askedAt, value: { grant: `signed-${name}`, credentials, serverTime, renewUntil: serverTime + 10 * lasts } }
}

export const failure = (overrides: Partial<Failure> = {}): Failure => ({ kind: 'server', detail: '500', ...overrides })

export const finishedObject = (overrides: Partial<FinishedObject> = {}): FinishedObject => ({
  etag: 'etag',
  checksum: 'AAAAAA==',
  verification: 'checksum',
  versionId: null,
  ...overrides,
})

/** The events that brought a row this far, in the order in which they came. */
export const granted = (grantId: number, key = 'drops/1/beach.mov'): TransferEvent => ({
  type: 'granted',
  grantId,
  bucket: 'inbox',
  key,
  inSingleRequests: false,
})
export const uploadCreated = (uploadId = 'upload-1'): TransferEvent => ({
  type: 'uploadCreated',
  uploadId,
  abortAt: null,
})
