import { type Failure, failed, ok, type Result } from '../../src/shared/failure.ts'
import {
  type Explanation,
  type FolderDraft,
  type FolderPreview,
  type FolderView,
  usualFolderOptions,
} from '../../src/shared/folder.ts'
import type { FakeAnswers } from './fake-api.ts'

const folderId = (n: number) => `00000000-0000-4000-9000-${String(n).padStart(12, '0')}`

/** A watched folder with neutral values; `n` makes its id. */
export const folderView = (n: number, overrides: Partial<FolderView> = {}): FolderView => ({
  id: folderId(n),
  name: `folder-${n}`,
  path: `/home/studio/folder-${n}`,
  purpose: 'archive',
  options: usualFolderOptions,
  activity: { state: 'watching' },
  counts: {
    uploaded: 0,
    uploadedToday: 0,
    waiting: 0,
    beingWritten: 0,
    uploading: 0,
    failed: 0,
    ignored: 0,
    held: 0,
  },
  problems: [],
  createdAt: 0,
  lookedAt: null,
  ...overrides,
})

export const folderDraft = (overrides: Partial<FolderDraft> = {}): FolderDraft => ({
  id: folderId(9_001),
  name: 'Sound rolls',
  path: '/home/studio/Shoot/Sound rolls',
  refusal: null,
  isKnown: false,
  ...overrides,
})

export type FakeFoldersState = {
  readonly folders?: readonly FolderView[]
  /** What is chosen in the dialog, or dropped. */
  readonly draft?: FolderDraft
  readonly preview?: FolderPreview
  readonly explanation?: Explanation
  readonly folderFailure?: Failure
}

const emptyPreview: FolderPreview = { files: 0, bytes: 0, first: [], ignored: [], problems: [] }

/** The folders of a fake engine: each change is told by `emit`. */
export const fakeFolders = (
  state: FakeFoldersState,
  emit: (folders: readonly FolderView[]) => void,
): Required<Pick<FakeAnswers, 'folders'>> & { readonly draft: FolderDraft } => {
  let folders = [...(state.folders ?? [])]
  const draft = state.draft ?? folderDraft()
  const orFailure = <Value>(make: () => Value): Result<Value> =>
    state.folderFailure ? { ok: false, failure: state.folderFailure } : ok(make())
  const become = (next: FolderView[]): null => {
    folders = next
    emit(folders)
    return null
  }
  const change = async (id: string, update: Partial<FolderView>): Promise<Result<null>> =>
    folders.some((folder) => folder.id === id)
      ? orFailure(() => become(folders.map((folder) => (folder.id === id ? { ...folder, ...update } : folder))))
      : failed('not_possible')

  return {
    draft,
    folders: {
      list: async () => ok(folders),
      draft: async () => ok(draft),
      preview: async () => ok(state.preview ?? emptyPreview),
      start: async ({ purpose, options }) =>
        orFailure(() => {
          const { name, path } = draft
          const started = folderView(9_002, { name, path, purpose, options, activity: { state: 'looking' } })
          become([...folders, started])
          return started
        }),
      change: async ({ id, options }) => change(id, { options }),
      pause: async ({ id }) => change(id, { activity: { state: 'paused', since: Date.now() } }),
      resume: async ({ id }) => change(id, { activity: { state: 'looking' } }),
      lookAgain: async ({ id }) => change(id, { activity: { state: 'looking' } }),
      remove: async ({ id }) => orFailure(() => become(folders.filter((folder) => folder.id !== id))),
      explain: async () => ok(state.explanation ?? { reason: null }),
    },
  }
}
