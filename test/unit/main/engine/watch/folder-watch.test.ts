import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createFolders, type Folder } from '../../../../../src/main/engine/db/folders.ts'
import { createUploadedFiles } from '../../../../../src/main/engine/db/uploaded-files.ts'
import {
  type FolderThread,
  FolderThreadDied,
  type WatchListeners,
} from '../../../../../src/main/engine/watch/folder-thread.ts'
import { FolderWatch } from '../../../../../src/main/engine/watch/folder-watch.ts'
import type { FoundFile } from '../../../../../src/main/engine/watch/found.ts'
import { type FolderOptions, usualFolderOptions } from '../../../../../src/shared/folder.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

const hour = 60 * 60_000
const file: FoundFile = { path: 'a.txt', size: 1, sourceId: '1:1:1:1:1', modifiedAt: 1, changedAt: 1 }
const looked = { ignored: [], problems: [], unread: [], entries: 1, identity: '1:1' }

type Disk = {
  files: readonly FoundFile[]
  /** Whether another program has all of them open to write on. */
  areHeld: boolean
  walks: number
  /** The folders that were listed. */
  listed: string[]
  tell: WatchListeners['onHint']
}

/** The thread of a folder with the files of a made-up disk; `dies`: of what it is asked first. */
const threadOf = (disk: Disk, { dies }: { readonly dies: boolean } = { dies: false }): FolderThread => ({
  walk: async (_options, onFiles) => {
    if (dies) throw new FolderThreadDied('the thread of a folder died')
    disk.walks += 1
    await onFiles(disk.files)
    return { ok: true, value: looked }
  },
  list: async (_options, folders) => {
    disk.listed.push(...folders)
    return { ok: true, value: { ...looked, complete: [] } }
  },
  look: async (paths) => paths.map((path) => disk.files.find((each) => each.path === path) ?? null),
  openForWriting: async (sourceIds) => new Set(disk.areHeld ? sourceIds : []),
  watch: async (_options, { onHint }) => {
    disk.tell = onHint
  },
  explain: async () => null,
  end: async () => undefined,
})

type Given = {
  readonly options?: Partial<FolderOptions>
  /** Those that are started first. */
  readonly threads?: (disk: Disk) => readonly FolderThread[]
}

/** A folder that is watched through threads on a made-up disk, with time that only moves by `pass`. */
function watched({ options, threads }: Given = {}) {
  const { database, accountId, transfers, clock } = temporaryQueue()
  const now = () => clock.now
  const folders = createFolders(database, now)
  const chosen = { accountId, purpose: 'inbox', path: '/folder', options: { ...usualFolderOptions, ...options } }
  const folder: Folder = folders.begin(folders.prepare(chosen))
  const disk: Disk = { files: [file], areHeld: false, walks: 0, listed: [], tell: () => undefined }
  const uploadedFiles = createUploadedFiles(database, now)
  const started = [...(threads?.(disk) ?? [])]
  const fatal: unknown[] = []
  const watch = new FolderWatch(folder, () => started.shift() ?? threadOf(disk), {
    ...{ folders, transfers, uploadedFiles, now, random: () => 0.5 },
    onReady: () => undefined,
    onGone: () => undefined,
    onChange: () => undefined,
    onFatal: (error) => fatal.push(error),
  })
  onTestFinished(() => watch.end())
  watch.begin()
  return {
    ...{ watch, folder, disk, uploadedFiles, fatal },
    stateOf: (path: string) => transfers.openBySource(accountId, 'inbox', `/folder/${path}`)?.state,
    pass: async (duration: number) => {
      clock.now += duration
      await vi.advanceTimersByTimeAsync(duration)
    },
    becomes: (state: FolderWatch['activity']['state']) => vi.waitFor(() => expect(watch.activity.state).toBe(state)),
  }
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
})

describe('the whole folder is looked through', () => {
  it('again after an hour and some more by chance, and finds what nothing told of', async () => {
    const { disk, stateOf, pass, becomes } = watched()
    await becomes('watching')
    disk.files = [file, { ...file, path: 'untold.txt', sourceId: '1:2:1:1:1' }]
    await pass(hour * 1.05 - 1_000)
    expect([disk.walks, stateOf('untold.txt')]).toEqual([1, undefined])
    await pass(1_000)
    await vi.waitFor(() => expect([disk.walks, stateOf('untold.txt')]).toEqual([2, 'queued']))
  })

  it('within ten seconds of a change while it is paused, for what would be uploaded', async () => {
    const { watch, folder, disk, pass, becomes } = watched()
    await becomes('watching')
    watch.changed({ ...folder, pausedAt: 1 })
    await vi.waitFor(() => expect([disk.walks, watch.seen?.held]).toEqual([2, 1]))
    disk.files = [file, { ...file, path: 'more.txt', sourceId: '1:2:1:1:1' }]
    disk.tell({ kind: 'folders', folders: [''] })
    disk.tell({ kind: 'everything' })
    await pass(9_000)
    expect(disk.walks).toBe(2)
    await pass(1_000)
    await vi.waitFor(() => expect([disk.walks, watch.seen?.held]).toEqual([3, 2]))
  })
})

it('an uploaded file that another program has open is looked at again, until it can be moved away', async () => {
  const { folder, disk, uploadedFiles, pass, becomes } = watched({ options: { whenUploaded: 'move' } })
  disk.areHeld = true
  uploadedFiles.record(folder.id, [{ ...file, checksum: 'AAAAAA==', key: 'inbox/a.txt', etag: '"1"' }])
  await becomes('watching')
  await pass(4_000)
  expect(disk.listed).toEqual([])
  await pass(1_000)
  await vi.waitFor(() => expect(disk.listed).toEqual(['']))
})

it('a thread that died is started again, and the folder is unavailable until then', async () => {
  const onError = vi.spyOn(console, 'error').mockReturnValue()
  onTestFinished(() => onError.mockRestore())
  const { fatal, stateOf, pass, becomes } = watched({
    threads: (disk) => [threadOf(disk, { dies: true }), threadOf(disk, { dies: true })],
  })
  await becomes('unavailable')
  await pass(5_000)
  await becomes('unavailable')
  await pass(5_000)
  await becomes('watching')
  expect([fatal, stateOf('a.txt'), onError.mock.calls.length]).toEqual([[], 'queued', 2])
})
