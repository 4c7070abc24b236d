import type { Failure } from '../../../shared/failure.ts'
import type { TransferState, Verification } from '../../../shared/transfer.ts'
import { isSingleRequest } from './part-plan.ts'

/** One row of `transfers`. Sizes are bytes, times epoch ms. Bucket, key and grant are set once and together. */
export type Transfer = {
  readonly id: number
  readonly uuid: string
  readonly accountId: number
  readonly purpose: string
  readonly folderId: number | null
  /** Folders and name below what was dropped, with `/`. */
  readonly relativePath: string
  readonly sourcePath: string
  /** Null while the source was never seen as a readable file; see source-file.ts. */
  readonly sourceId: string | null
  readonly size: number
  readonly contentType: string
  readonly modifiedAt: number
  readonly grantId: number | null
  readonly bucket: string | null
  readonly key: string | null
  readonly partSize: number
  /** It may write over the object that has its key, as the next version of a file in a watched folder. */
  readonly replaces: boolean
  /** Its file's path below its folder when it was sent, where it was moved since; the row only notes that. */
  readonly movedFrom: string | null
  readonly state: TransferState
  readonly uploadId: string | null
  readonly abortAt: number | null
  readonly attempts: number
  /** How often the upload began anew because the store had lost or refused the one before. */
  readonly restarts: number
  readonly retryAt: number
  readonly priority: number
  /** Why it failed, or what the last attempt ran into. */
  readonly failure: Failure | null
  readonly etag: string | null
  /** CRC32 of the whole object, base64. */
  readonly checksum: string | null
  readonly verification: Verification | null
  readonly versionId: string | null
  readonly receipt: string | null
  readonly reportedAt: number | null
  readonly createdAt: number
  readonly updatedAt: number
}

/** What a look at the source tells; all of it changes together. */
export type SourceFacts = Pick<Transfer, 'sourceId' | 'size' | 'contentType' | 'modifiedAt' | 'partSize'>

/** What the store or the broker told of a finished object. */
export type FinishedObject = {
  readonly etag: string
  readonly checksum: string
  readonly verification: Verification
  readonly versionId: string | null
}

export type TransferEvent =
  | { readonly type: 'sourceFound'; readonly source: SourceFacts }
  /** Another program writes the file: the row waits until its watched folder says `sourceFound`. */
  | { readonly type: 'sourceWritten'; readonly source: SourceFacts }
  /** Another identity, but what may be at the store is the file's content. */
  | { readonly type: 'sourceConfirmed'; readonly sourceId: string; readonly modifiedAt: number }
  | { readonly type: 'sourceChanged' }
  /** The source is not there, or the day's limit is reached: the row waits, which counts as no attempt. */
  | { readonly type: 'sourceAway'; readonly failure: Failure; readonly retryAt: number }
  | { readonly type: 'sourceBack' }
  | {
      readonly type: 'granted'
      readonly grantId: number
      readonly bucket: string
      readonly key: string
      /** The whole file has to go in one request, so that is its one part. */
      readonly inSingleRequests: boolean
    }
  | { readonly type: 'uploadCreated'; readonly uploadId: string; readonly abortAt: number | null }
  /** ListParts told the lifecycle rule's date. */
  | { readonly type: 'deadlineTold'; readonly abortAt: number }
  /** The store has an object under the row's key; whose it is, the broker will say. */
  | { readonly type: 'keyTaken'; readonly failure: Failure }
  | { readonly type: 'partsDone' }
  | { readonly type: 'partsRefused'; readonly failure: Failure; readonly retryAt: number }
  | { readonly type: 'uploadLost'; readonly failure: Failure; readonly retryAt: number }
  | { readonly type: 'retryable'; readonly failure: Failure; readonly retryAt: number }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'completed'; readonly object: FinishedObject }
  | { readonly type: 'aborted' }
  /**
   * `verification`: what the broker could add to what the store had said; null: nothing. `receipt`: the broker's, null
   * where it gave none.
   */
  | {
      readonly type: 'reported'
      readonly at: number
      readonly verification: Verification | null
      readonly receipt: string | null
    }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'retry' }
  | { readonly type: 'cancel' }

export type Changes = Partial<
  Omit<Transfer, 'id' | 'uuid' | 'accountId' | 'folderId' | 'replaces' | 'movedFrom' | 'createdAt' | 'updatedAt'>
>

/** What an event changes in a row. `dropParts`: the saved parts belong to an upload that is over. */
export type Transition = { readonly changes: Changes; readonly dropParts: boolean }

const move = (changes: Changes): Transition => ({ changes, dropParts: false })

/** An upload that so many others came before is a person's matter: sending it again and again helps nobody. */
const mostRestarts = 3

const lost = (transfer: Transfer, failure: Failure, retryAt: number): Transition => {
  const upload = { uploadId: null, abortAt: null, failure }
  const changes: Changes =
    transfer.restarts < mostRestarts
      ? { state: 'queued', attempts: transfer.attempts + 1, restarts: transfer.restarts + 1, retryAt }
      : { state: 'failed' }
  return { changes: { ...changes, ...upload }, dropParts: true }
}

const finished = (object: FinishedObject): Transition => ({
  changes: { state: 'completed', ...object, uploadId: null, abortAt: null, failure: null },
  dropParts: true,
})

const canceled: Transition = {
  changes: { state: 'canceled', uploadId: null, abortAt: null, retryAt: 0 },
  dropParts: true,
}

/** Why a row of a watched folder waits whose file another program still writes. */
export const beingWritten: Failure = { kind: 'being_written', detail: null }

export const isBeingWritten = ({ state, failure }: Pick<Transfer, 'state' | 'failure'>): boolean =>
  state === 'queued' && failure?.kind === 'being_written'

/** Another program has locked the file of a watched folder, as on Windows: whoever writes it will let it go. */
const isLocked = ({ folderId }: Transfer, { kind, detail }: Failure): boolean =>
  folderId !== null && kind === 'source_unreadable' && detail === 'EBUSY'

/** What a row waits for that goes on: nothing, but for the look at its file that a watched folder's begins with. */
const goOn = ({ folderId, key }: Transfer): Pick<Transfer, 'failure'> => ({
  failure: folderId !== null && key === null ? beingWritten : null,
})

/** A failed row that a person lets go on. */
const anew = (transfer: Transfer): Changes => ({
  ...{ state: 'queued', attempts: 0, restarts: 0, retryAt: 0 },
  ...goOn(transfer),
})

/** Something of it may be at the store: an upload, or the object of a PutObject whose answer was never saved. */
const mayBeStored = ({ key, uploadId, size, partSize }: Transfer): boolean =>
  uploadId !== null || (key !== null && isSingleRequest(size, partSize))

const cancel = (transfer: Transfer): Transition =>
  mayBeStored(transfer) ? move({ state: 'canceling', attempts: 0, retryAt: 0 }) : canceled

const again = (transfer: Transfer, failure: Failure, retryAt: number): Transition =>
  move({ attempts: transfer.attempts + 1, retryAt, failure })

/**
 * The next state of a transfer: the only place that knows the table in ARCHITECTURE.md.
 * Null: the event is refused in this state and changes nothing. What a state does not name, it refuses.
 */
export function next(transfer: Transfer, event: TransferEvent): Transition | null {
  switch (transfer.state) {
    case 'queued':
      return nextOfQueued(transfer, event)
    case 'completing':
      return nextOfCompleting(transfer, event)
    case 'canceling':
      return nextOfCanceling(transfer, event)
    case 'paused':
      return nextOfPaused(transfer, event)
    case 'failed':
      return nextOfFailed(transfer, event)
    case 'completed':
      return event.type === 'reported'
        ? move({
            reportedAt: event.at,
            ...(event.verification && { verification: event.verification }),
            ...(event.receipt && { receipt: event.receipt }),
          })
        : null
    case 'canceled':
      return nextOfCanceled(transfer, event)
  }
}

function nextOfQueued(transfer: Transfer, event: TransferEvent): Transition | null {
  switch (event.type) {
    case 'sourceFound':
      return sourceFound(transfer, event.source)
    case 'sourceWritten':
      return transfer.key === null ? move({ ...event.source, failure: beingWritten }) : null
    case 'sourceConfirmed':
      // who touched a file of a watched folder may be about to write it
      return move({
        ...{ sourceId: event.sourceId, modifiedAt: event.modifiedAt },
        ...(transfer.folderId !== null && { failure: beingWritten }),
      })
    case 'sourceChanged':
    case 'cancel':
      return cancel(transfer)
    case 'sourceAway':
      return move({ failure: event.failure, retryAt: event.retryAt })
    case 'sourceBack':
      return move({ ...goOn(transfer), retryAt: 0 })
    case 'granted':
      // asked for before its file changed: another one comes when it is still
      return isBeingWritten(transfer) ? null : granted(transfer, event)
    case 'uploadCreated':
      return uploadCreated(transfer, event)
    case 'deadlineTold':
      return transfer.uploadId === null ? null : move({ abortAt: event.abortAt })
    case 'keyTaken':
      return move({ failure: event.failure })
    case 'partsDone':
      return transfer.uploadId === null ? null : move({ state: 'completing', retryAt: 0, failure: null })
    case 'uploadLost':
      return lost(transfer, event.failure, event.retryAt)
    case 'retryable':
    case 'partsRefused':
      return again(transfer, event.failure, event.retryAt)
    case 'failed':
      return isLocked(transfer, event.failure)
        ? move({ failure: beingWritten })
        : move({ state: 'failed', failure: event.failure })
    case 'completed':
      return transfer.key === null ? null : finished(event.object)
    case 'pause':
      return move({ state: 'paused', failure: null })
    case 'retry':
      return move({ attempts: 0, retryAt: 0 })
    default:
      return null
  }
}

/** All parts are stored: only the store's word ends it, so pause and cancel are refused. */
function nextOfCompleting(transfer: Transfer, event: TransferEvent): Transition | null {
  switch (event.type) {
    case 'completed':
      return finished(event.object)
    case 'retryable':
      return again(transfer, event.failure, event.retryAt)
    case 'partsRefused':
      return move({ state: 'queued', attempts: transfer.attempts + 1, retryAt: event.retryAt, failure: event.failure })
    case 'uploadLost':
      return lost(transfer, event.failure, event.retryAt)
    case 'failed':
      return move({ state: 'failed', failure: event.failure })
    case 'retry':
      return move({ attempts: 0, retryAt: 0 })
    default:
      return null
  }
}

function nextOfCanceling(transfer: Transfer, event: TransferEvent): Transition | null {
  switch (event.type) {
    case 'aborted':
      return canceled
    case 'completed':
      return finished(event.object)
    case 'retryable':
      return again(transfer, event.failure, event.retryAt)
    case 'failed':
      return { changes: { ...canceled.changes, failure: event.failure }, dropParts: true }
    default:
      return null
  }
}

/** The answers of what was on the wire when the person paused are still saved; success wins. */
function nextOfPaused(transfer: Transfer, event: TransferEvent): Transition | null {
  switch (event.type) {
    case 'granted':
      return granted(transfer, event)
    case 'uploadCreated':
      return uploadCreated(transfer, event)
    case 'completed':
      return transfer.key === null ? null : finished(event.object)
    case 'resume':
      return move({ state: 'queued', attempts: 0, retryAt: 0, ...goOn(transfer) })
    case 'cancel':
      return cancel(transfer)
    default:
      return null
  }
}

function nextOfFailed(transfer: Transfer, event: TransferEvent): Transition | null {
  switch (event.type) {
    case 'retry':
      return transfer.sourceId === null ? null : move(anew(transfer))
    case 'sourceFound':
      return transfer.key === null ? move({ ...event.source, ...anew(transfer) }) : null
    case 'cancel':
      return cancel(transfer)
    default:
      return null
  }
}

/** A Create that was on the wire when the person canceled: its answer is not thrown away. */
function nextOfCanceled(transfer: Transfer, event: TransferEvent): Transition | null {
  if (transfer.key === null || event.type !== 'uploadCreated') return null
  return move({ state: 'canceling', uploadId: event.uploadId, abortAt: event.abortAt, attempts: 0, retryAt: 0 })
}

/** A row with a key goes on with what it has: its run compares that with the file. */
function sourceFound(transfer: Transfer, source: SourceFacts): Transition | null {
  const goesOn = isBeingWritten(transfer) && { failure: null }
  if (transfer.key === null) return move({ ...source, ...goesOn })
  return goesOn ? move(goesOn) : null
}

function granted(transfer: Transfer, event: Extract<TransferEvent, { type: 'granted' }>): Transition | null {
  if (transfer.key !== null) return null
  const { grantId, bucket, key, inSingleRequests } = event
  const { size, partSize } = transfer
  return move({ grantId, bucket, key, ...(inSingleRequests && { partSize: Math.max(size, partSize) }) })
}

function uploadCreated(
  transfer: Transfer,
  event: Extract<TransferEvent, { type: 'uploadCreated' }>,
): Transition | null {
  if (transfer.key === null || transfer.uploadId !== null) return null
  return move({ uploadId: event.uploadId, abortAt: event.abortAt })
}
