import { z } from 'zod'
import type { Failure } from './failure.ts'
import { purposeNameSchema } from './transfer.ts'

/** A watched folder: what lands in it is uploaded by itself. Sizes are bytes, times epoch milliseconds. */

export const folderIdSchema = z.uuid()

/** Characters of a person's rules for one folder. */
export const longestRules = 65_536

/** What a person chooses for a folder, each with its meaning. */
export const folderOptionsSchema = z.strictObject({
  /** Lines in .gitignore's meaning, from the folder down; they come after the usual ones, so `!` takes those back. */
  rules: z.string().max(longestRules),
  /** Whether hidden files and folders are uploaded, too. */
  hidden: z.boolean(),
  /** `follow`: links to what is within the folder. Links out of it are never followed. */
  links: z.enum(['skip', 'follow']),
  /** How long a file must not have changed before it is sent, in seconds; large and slow files need longer. */
  stillSeconds: z.int().min(1).max(3_600),
  /** Where a file goes that changed since it was uploaded: over the object it was, or beside it, with the date in its name. */
  whenChanged: z.enum(['same_key', 'dated_key']),
  /** What happens where another object has the file's key. The same content is never sent again. */
  whenTaken: z.enum(['ask', 'replace', 'keep_both']),
  /** What happens to a file that was moved or renamed within the folder, with the same content. `note`: it is not sent again. */
  whenMoved: z.enum(['send', 'note']),
  /** What becomes of a file that is uploaded. `move`: into the folder *Uploaded* beside the watched one. */
  whenUploaded: z.enum(['keep', 'move']),
})
export type FolderOptions = Readonly<z.infer<typeof folderOptionsSchema>>

/** What is so until someone chose otherwise. */
export const usualFolderOptions: FolderOptions = {
  rules: '',
  hidden: false,
  links: 'skip',
  stillSeconds: 2,
  whenChanged: 'same_key',
  whenTaken: 'ask',
  whenMoved: 'send',
  whenUploaded: 'keep',
}

/**
 * Why an item in a folder is not uploaded. `system`, `temporary`: a usual rule · `yours`: a rule of this folder · `file`: a
 * rule of a `.longshoreignore`, whose path in the folder is `file` · `special`: no file, folder or link.
 */
export type IgnoreReason =
  | { readonly kind: 'system' | 'temporary' | 'yours'; readonly rule: string }
  | { readonly kind: 'file'; readonly rule: string; readonly file: string }
  | {
      readonly kind:
        | 'hidden'
        | 'link'
        | 'link_outside'
        | 'link_loop'
        | 'link_broken'
        | 'special'
        | 'empty_folder'
        | 'placeholder'
    }

/**
 * Why an item cannot be uploaded though it should be. `name_not_text`: its name is no valid text · `name_taken`: it differs
 * from another one in the same folder only by how letters are encoded · `path_too_long` · `unreadable` · `not_moved`: it is
 * uploaded, but could not be moved away as chosen
 */
export type ItemProblem = 'name_not_text' | 'name_taken' | 'path_too_long' | 'unreadable' | 'not_moved'

/** Items that are ignored for one reason, or that have one problem: how many, their bytes, and the first one's path. */
export type ItemGroup<Why> = {
  readonly why: Why
  readonly count: number
  readonly bytes: number
  readonly first: string
}

/** What is in a folder, before it is watched or under other options. */
export type FolderPreview = {
  readonly files: number
  readonly bytes: number
  /** The first hundred files, in the folder's order. */
  readonly first: readonly { readonly path: string; readonly size: number }[]
  readonly ignored: readonly ItemGroup<IgnoreReason>[]
  readonly problems: readonly ItemGroup<ItemProblem>[]
}

/**
 * Why a path cannot become a watched folder. `inside`, `around`: of the watched folder whose path is `other` · `same`: it is
 * watched already · `root`: a whole disk
 */
export type FolderRefusal =
  | { readonly kind: 'inside' | 'around' | 'same'; readonly other: string }
  | { readonly kind: 'not_a_folder' | 'unreadable' | 'root' }

/** A folder that a person chose and has not begun to watch. The page names it by `id`. */
export type FolderDraft = {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly refusal: FolderRefusal | null
  /** It was watched before and its history was kept: what is uploaded is not sent again. */
  readonly isKnown: boolean
}

/** Why changes are looked for at times instead of being told by the system. `watch_limit`: it tells no more than it does. */
export type PollReason = 'network_drive' | 'watch_limit' | 'watch_failed'

/** What a folder is doing. */
export type FolderActivity =
  | { readonly state: 'looking' | 'watching' }
  /** `detail`: the system's name of the limit or error, for example `fs.inotify.max_user_watches`. */
  | { readonly state: 'polling'; readonly reason: PollReason; readonly detail: string | null; readonly every: number }
  | { readonly state: 'paused'; readonly since: number }
  | { readonly state: 'unavailable'; readonly failure: Failure; readonly since: number }

export type FolderCounts = {
  /** Uploaded, and recorded as such. */
  readonly uploaded: number
  readonly uploadedToday: number
  readonly waiting: number
  readonly beingWritten: number
  readonly uploading: number
  readonly failed: number
  readonly ignored: number
  /** Seen while the folder is paused. */
  readonly held: number
}

export type FolderView = {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly purpose: string
  readonly options: FolderOptions
  readonly activity: FolderActivity
  readonly counts: FolderCounts
  readonly problems: readonly ItemGroup<ItemProblem>[]
  readonly createdAt: number
  /** When the whole folder was last looked through; null: not yet. */
  readonly lookedAt: number | null
}

export const draftRequestSchema = z.strictObject({ paths: z.array(z.string().min(1).max(32_768)).length(1) })

/** A folder as it is watched, or one that was chosen, under options that are tried. */
export const previewRequestSchema = z.strictObject({ id: folderIdSchema, options: folderOptionsSchema })

export const startFolderSchema = z.strictObject({
  draft: folderIdSchema,
  purpose: purposeNameSchema,
  options: folderOptionsSchema,
  /** `leave`: what is in it now counts as uploaded. */
  existing: z.enum(['upload', 'leave']),
})

export const changeFolderSchema = z.strictObject({ id: folderIdSchema, options: folderOptionsSchema })

export const removeFolderSchema = z.strictObject({
  id: folderIdSchema,
  /** `keep`: what was uploaded is known where the folder is watched again. */
  history: z.enum(['keep', 'forget']),
})

/** `path`: below the folder, with `/`; one that ends with `/` is a folder. */
export const explainRequestSchema = z.strictObject({
  id: folderIdSchema,
  options: folderOptionsSchema,
  path: z.string().min(1).max(8_192),
})

/** Why a path in a folder is ignored; null: it is not. */
export type Explanation = { readonly reason: IgnoreReason | null }
