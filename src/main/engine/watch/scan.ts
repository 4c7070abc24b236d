import { posix } from 'node:path'
import type { FolderOptions } from '../../../shared/folder.ts'
import type { UploadedFile } from '../db/uploaded-files.ts'
import { isBeingWritten, type Transfer } from '../transfers/state.ts'
import type { FoundFile } from './found.ts'

/** What is known of a path: what was uploaded from it last, and its row that is not finished. */
export type Known = {
  readonly recorded: UploadedFile | null
  readonly open: Pick<Transfer, 'id' | 'state' | 'sourceId' | 'key' | 'failure'> | null
}

/** What a person chose that decides about a file. */
export type Policy = Pick<FolderOptions, 'whenChanged' | 'whenTaken'>

/** What becomes of a file. */
export type Decision =
  /** Its row is at work, or waits for a person. */
  | { readonly kind: 'nothing' }
  /** Its row is at work with what the file was, and may end so: look again. */
  | { readonly kind: 'busy' }
  /** Uploaded as it is. */
  | { readonly kind: 'unchanged' }
  /** Uploaded, and only the content tells whether as it is. */
  | { readonly kind: 'compare' }
  /** Its row has not begun and takes the file as it is now. */
  | { readonly kind: 'changed'; readonly id: number }
  /** A new row, `instead` of one that failed over what the file was before; `dated`: under a name of its own. */
  | {
      readonly kind: 'upload'
      readonly instead: number | null
      readonly dated: boolean
      readonly replaces: boolean
    }

/** What was found out about a file's content: `other`: it is not what was uploaded. */
export type Content = 'unknown' | 'other'

/** The one place that decides about a file that was found in a watched folder. Whether it is still is not asked here. */
export function decide(file: FoundFile, { recorded, open }: Known, policy: Policy, content: Content): Decision {
  if (open !== null) return decideOfOpen(file, open, recorded, policy)
  if (recorded === null) return upload(null, null, policy)
  if (recorded.sourceId === file.sourceId) return { kind: 'unchanged' }
  return content === 'unknown' && canBeTheSame(file, recorded) ? { kind: 'compare' } : upload(null, recorded, policy)
}

/** Whether only the content tells if a file is as it was uploaded. */
export const canBeTheSame = ({ size }: Pick<FoundFile, 'size'>, recorded: UploadedFile | null): boolean =>
  recorded !== null && recorded.size === size && recorded.checksum !== ''

function decideOfOpen(
  file: FoundFile,
  open: NonNullable<Known['open']>,
  recorded: UploadedFile | null,
  policy: Policy,
): Decision {
  const isSame = open.sourceId === file.sourceId
  if (isBeingWritten(open) || open.state === 'paused') return { kind: 'nothing' }
  if (open.state === 'queued' && open.key === null) {
    return isSame ? { kind: 'nothing' } : { kind: 'changed', id: open.id }
  }
  if (open.state !== 'failed') return { kind: isSame ? 'nothing' : 'busy' }
  if (open.failure?.kind === 'exists' && policy.whenTaken !== 'ask') {
    const dated = policy.whenTaken === 'keep_both'
    return { kind: 'upload', instead: open.id, dated, replaces: !dated }
  }
  return isSame ? { kind: 'nothing' } : upload(open.id, recorded, policy)
}

const upload = (instead: number | null, recorded: UploadedFile | null, policy: Policy): Decision => {
  const dated = recorded !== null && policy.whenChanged === 'dated_key'
  return { kind: 'upload', instead, dated, replaces: !dated && (recorded !== null || policy.whenTaken === 'replace') }
}

/** A path with a time (epoch ms) in its file's name, before the extension: `a/b 2026-11-22 10.15.30.250.mov`, UTC. */
export function datedPath(path: string, at: number): string {
  const { dir, name, ext } = posix.parse(path)
  const date = new Date(at).toISOString().replace('T', ' ').replace('Z', '').replaceAll(':', '.')
  return posix.join(dir, `${name} ${date}${ext}`)
}
