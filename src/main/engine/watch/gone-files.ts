import type { Transfers } from '../db/transfers.ts'
import { pathBelow } from '../db/uploaded-files.ts'
import type { Transfer } from '../transfers/state.ts'
import type { FolderThread } from './folder-thread.ts'

/** Rows of one look. */
const batchSize = 500

export type GoneFilesTools = {
  readonly folder: { readonly path: string }
  readonly look: FolderThread['look']
  readonly transfers: Transfers
  /** Whether the folder is there; what is missing in one that is not is not gone. */
  readonly isThere: () => Promise<boolean>
  readonly isEnded: () => boolean
  /** Rows that run must stop: their files are gone. */
  readonly onGone: (ids: readonly number[]) => void
}

/** Takes away those of the rows whose files are not there any more, unless the whole folder is not. */
export async function dropGone(ids: readonly number[], tools: GoneFilesTools): Promise<void> {
  const { transfers, isThere, isEnded, onGone } = tools
  for (let first = 0; first < ids.length && !isEnded(); first += batchSize) {
    const rows = ids.slice(first, first + batchSize).flatMap((id) => transfers.byId(id) ?? [])
    const missing = await missingOf(rows, tools)
    if (missing.length === 0) continue
    if (!(await isThere())) return
    // it may have been away, or replaced, for a moment
    const gone = await missingOf(missing, tools)
    if (isEnded()) return
    const begun = gone.filter(({ key, state }) => key !== null || state !== 'queued')
    onGone(cancel(begun, transfers))
    transfers.forget(gone.map(({ id }) => id))
  }
}

/** Takes away those of the rows that have no key yet and whose files are left out by now. */
export async function dropIgnored(
  ids: readonly number[],
  isIgnored: (sourcePath: string) => Promise<boolean>,
  { transfers, isEnded }: Pick<GoneFilesTools, 'transfers' | 'isEnded'>,
): Promise<void> {
  for (const id of ids) {
    const row = transfers.byId(id)
    if (row?.state !== 'queued' || row.key !== null) continue
    const isLeftOut = await isIgnored(row.sourcePath)
    if (isEnded()) return
    if (isLeftOut) transfers.forget([id])
  }
}

async function missingOf(rows: readonly Transfer[], { folder, look }: GoneFilesTools): Promise<readonly Transfer[]> {
  const waiting = rows.filter(({ state }) => state === 'queued' || state === 'paused' || state === 'failed')
  const files = await look(waiting.map(({ sourcePath }) => pathBelow(folder.path, sourcePath)))
  return waiting.filter((_, index) => files[index] === null)
}

const cancel = (rows: readonly Transfer[], transfers: Transfers): readonly number[] =>
  transfers.insertAndApply(
    [],
    rows.map(({ id }) => ({ id, event: { type: 'cancel' } })),
  )
