import type { Result } from '../../../shared/failure.ts'
import type { IgnoreReason } from '../../../shared/folder.ts'
import type { FoundFile, Hint, Looked, LookedAt, WalkOptions, WatchTrouble } from './found.ts'

/** What a folder's thread can be asked. */
export type Questions = {
  walk(options: WalkOptions): Result<Looked>
  list(options: WalkOptions, folders: readonly string[]): Result<Looked>
  look(paths: readonly string[]): readonly LookedAt[]
  openForWriting(sourceIds: readonly string[], when: 'now' | 'lately'): ReadonlySet<string>
  watch(options: WalkOptions): null
  explain(options: WalkOptions, path: string): IgnoreReason | null
}

export type Question = {
  [Name in keyof Questions]: { readonly ask: Name; readonly input: Parameters<Questions[Name]> }
}[keyof Questions]

/** `next`: the files of a search were taken · `stop`: nobody wants a search's rest · `heard`: the last hint was taken. */
export type ToFolderThread =
  | { readonly kind: 'question'; readonly id: number; readonly question: Question }
  | { readonly kind: 'next' | 'stop' | 'heard'; readonly id: number }

/** `id` is that of the question; hints and troubles come after the answer to `watch`, too. */
export type FromFolderThread =
  | { readonly kind: 'files'; readonly id: number; readonly files: readonly FoundFile[] }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'hint'; readonly id: number; readonly hint: Hint }
  | { readonly kind: 'trouble'; readonly id: number; readonly trouble: WatchTrouble }
