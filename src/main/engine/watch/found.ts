import type { FolderOptions, IgnoreReason, ItemGroup, ItemProblem, PollReason } from '../../../shared/folder.ts'

/** What decides what is found in a folder. */
export type WalkOptions = Pick<FolderOptions, 'rules' | 'hidden' | 'links'>

/** A file that is to be uploaded. Sizes are bytes, times epoch milliseconds. */
export type FoundFile = {
  /** Below the folder, with `/`, as the system spells it. */
  readonly path: string
  readonly size: number
  /** As `sourceIdOf`. */
  readonly sourceId: string
  /** As `modifiedAtOf`. */
  readonly modifiedAt: number
  /** The later one of when its content and when its inode changed. */
  readonly changedAt: number
}

/** What was seen besides the files. */
export type Looked = {
  readonly ignored: readonly ItemGroup<IgnoreReason>[]
  readonly problems: readonly ItemGroup<ItemProblem>[]
  /** All that is in the folder itself, whatever it is; 0: an empty mount point, perhaps. */
  readonly entries: number
  /** Which folder it was, by device and inode: what is mounted is another one than its mount point. */
  readonly identity: string
}

/** A file as it is now. `unread`: it cannot be told · null: it is not there, or no file. */
export type LookedAt = FoundFile | 'unread' | null

/**
 * `folders`: to be listed again, paths below the watched one; '' is itself · `replaced`: what is at the folder's path, or mounted
 * in it, is another one by now, or none: nothing is told of it until it is asked for anew.
 */
export type Hint =
  | { readonly kind: 'folders'; readonly folders: readonly string[] }
  | { readonly kind: 'everything' | 'replaced' }

/** Why the system does not tell of all changes; `detail` is its name of the limit, the error or the file system. */
export type WatchTrouble = { readonly reason: PollReason; readonly detail: string | null }
