import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { createFolders, type Folder } from '../../../../../src/main/engine/db/folders.ts'
import { createUploadedFiles } from '../../../../../src/main/engine/db/uploaded-files.ts'
import {
  type FolderThread,
  FolderThreadDied,
  type WatchListeners,
} from '../../../../../src/main/engine/watch/folder-thread.ts'
import { FolderWatch } from '../../../../../src/main/engine/watch/folder-watch.ts'
import type { FoundFile, Looked, WatchTrouble } from '../../../../../src/main/engine/watch/found.ts'
import { failed } from '../../../../../src/shared/failure.ts'
import { type FolderOptions, usualFolderOptions } from '../../../../../src/shared/folder.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'
import { until } from '../../../../support/until.ts'

const hour = 60 * 60_000
const file: FoundFile = { path: 'a.txt', size: 1, sourceId: '1:1:1:1:1', modifiedAt: 1, changedAt: 1 }
const looked = { ignored: [], problems: [], entries: 1, identity: '1:1' }

type Disk = {
  files: readonly FoundFile[]
  problems: Looked['problems']
  isAway: boolean
  /** What is told as soon as hints are asked for. */
  isTrouble: WatchTrouble | null
  /** Whether another program has all of them open to write on. */
  areHeld: boolean
  /** How often it was looked through to the end. */
  walks: number
  /** The folders that were listed to the end. */
  listed: string[]
  /** What happens while it is looked at. */
  meanwhile: () => Promise<void>
  /** The rules under which hints were asked for. */
  watches: string[]
  tell: WatchListeners['onHint']
  trouble: WatchListeners['onTrouble']
}

/** The thread of a folder with the files of a made-up disk; `dies`: of what it is asked first. */
const threadOf = (disk: Disk, { dies }: { readonly dies: boolean } = { dies: false }): FolderThread => ({
  walk: async (_options, onFiles) => {
    if (dies) throw new FolderThreadDied('the thread of a folder died')
    await disk.meanwhile()
    if (!disk.isAway) await onFiles(disk.files)
    disk.walks += 1
    if (disk.isAway) return { ok: false, failure: { kind: 'source_missing', detail: null } }
    return { ok: true, value: { ...looked, problems: disk.problems } }
  },
  list: async (_options, folders) => {
    await disk.meanwhile()
    disk.listed.push(...folders)
    return { ok: true, value: looked }
  },
  look: async (paths) => paths.map((path) => disk.files.find((each) => each.path === path) ?? null),
  openForWriting: async (sourceIds) => new Set(disk.areHeld ? sourceIds : []),
  watch: async ({ rules }, { onHint, onTrouble }) => {
    disk.watches.push(rules)
    disk.tell = onHint
    disk.trouble = onTrouble
    if (disk.isTrouble !== null) onTrouble(disk.isTrouble)
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
  const disk: Disk = {
    ...{
      files: [file],
      problems: [],
      isAway: false,
      isTrouble: null,
      areHeld: false,
      walks: 0,
      listed: [],
      watches: [],
    },
    meanwhile: async () => undefined,
    tell: () => undefined,
    trouble: () => undefined,
  }
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
    failureOf: (path: string) => transfers.openBySource(accountId, 'inbox', `/folder/${path}`)?.failure?.kind,
    setClock: (ahead: number) => {
      clock.now += ahead
    },
    pass: async (duration: number) => {
      clock.now += duration
      await vi.advanceTimersByTimeAsync(duration)
    },
    becomes: (state: FolderWatch['activity']['state']) => until(() => watch.activity.state === state),
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
    await until(() => disk.walks === 2)
    expect(stateOf('untold.txt')).toBe('queued')
  })

  it('at once where the system lost track of changes', async () => {
    const { disk, stateOf, becomes } = watched()
    await becomes('watching')
    disk.files = [file, { ...file, path: 'untold.txt', sourceId: '1:2:1:1:1' }]
    disk.tell({ kind: 'everything' })
    await until(() => disk.walks === 2)
    expect(stateOf('untold.txt')).toBe('queued')
  })

  it('each minute and some more by chance where the system does not tell of all changes', async () => {
    const { watch, disk, stateOf, pass, becomes } = watched()
    await becomes('watching')
    disk.trouble({ reason: 'watch_limit', detail: 'fs.inotify.max_user_watches' })
    disk.tell({ kind: 'folders', folders: [''] })
    await until(() => disk.listed.length > 0)
    expect(watch.activity).toMatchObject({ state: 'polling', detail: 'fs.inotify.max_user_watches', every: 60_000 })
    disk.files = [file, { ...file, path: 'untold.txt', sourceId: '1:2:1:1:1' }]
    await pass(62_000)
    expect(disk.walks).toBe(1)
    await pass(1_000)
    await until(() => disk.walks === 2)
    expect(stateOf('untold.txt')).toBe('queued')
  })

  it('for a twentieth of the time at most, where the system does not tell of all changes', async () => {
    const { watch, disk, pass, becomes } = watched()
    await becomes('watching')
    disk.trouble({ reason: 'network_drive', detail: 'nfs4' })
    disk.meanwhile = () => pass(10_000)
    watch.lookAgain()
    await until(() => disk.walks === 2)
    expect(watch.activity).toMatchObject({ state: 'polling', every: 200_000 })
  })

  it('no more seldom where the clock was set ahead meanwhile', async () => {
    const { watch, disk, setClock, becomes } = watched()
    await becomes('watching')
    disk.trouble({ reason: 'network_drive', detail: 'nfs4' })
    disk.meanwhile = async () => setClock(30 * 24 * hour)
    watch.lookAgain()
    await until(() => disk.walks === 2)
    expect(watch.activity).toMatchObject({ state: 'polling', every: 60_000 })
  })

  it('under new rules as soon as they are chosen, and hints are asked for by them', async () => {
    const { watch, folder, disk, becomes } = watched()
    await becomes('watching')
    watch.changed({ ...folder, options: { ...folder.options, rules: '*.log' } })
    await until(() => disk.walks === 2)
    expect(disk.watches).toEqual(['', '*.log'])
  })

  it('within ten seconds of a change while it is paused, for what would be uploaded', async () => {
    const { watch, folder, disk, pass, becomes } = watched()
    await becomes('watching')
    watch.changed({ ...folder, pausedAt: 1 })
    await until(() => disk.walks === 2)
    // the first file has a row already
    expect(watch.seen?.held).toBe(0)
    disk.files = [file, { ...file, path: 'more.txt', sourceId: '1:2:1:1:1' }]
    disk.tell({ kind: 'folders', folders: [''] })
    disk.tell({ kind: 'everything' })
    await pass(9_000)
    expect(disk.walks).toBe(2)
    await pass(1_000)
    await until(() => disk.walks === 3)
    expect(watch.seen?.held).toBe(1)
  })
})

it('a folder that is away is looked for each 5 s, also where the system does not tell of its changes', async () => {
  const { watch, disk, pass, becomes } = watched()
  await becomes('watching')
  disk.isTrouble = { reason: 'network_drive', detail: 'nfs4' }
  disk.isAway = true
  await pass(hour)
  watch.lookAgain()
  await becomes('unavailable')
  const { walks } = disk
  for (const looks of [1, 2]) {
    await pass(5_000)
    await until(() => disk.walks - walks === looks)
  }
})

it('problems are told no longer than a minute after something changed, where they are over', async () => {
  const { watch, disk, pass, becomes } = watched()
  disk.problems = [{ why: 'unreadable', count: 1, bytes: 0, first: 'locked' }]
  await becomes('watching')
  disk.problems = []
  await pass(60_000 * 1.05)
  expect(watch.problems).toHaveLength(1)
  disk.tell({ kind: 'folders', folders: ['locked'] })
  await until(() => watch.problems.length === 0)
  disk.tell({ kind: 'folders', folders: ['locked'] })
  await pass(60_000 * 1.05)
  expect(disk.walks).toBe(2)
})

it('a folder for which a limit was reached is watched as soon as a look finds room', async () => {
  const { disk, pass, becomes } = watched()
  await becomes('watching')
  disk.trouble({ reason: 'watch_limit', detail: 'fs.inotify.max_user_watches' })
  await becomes('polling')
  await pass(60_000 * 1.05)
  await becomes('watching')
  expect(disk.watches).toHaveLength(2)
})

it('a folder that took long to look at rests four times as long before the next hint at it counts', async () => {
  const { disk, pass, becomes } = watched()
  await becomes('watching')
  disk.meanwhile = () => pass(1_000)
  disk.tell({ kind: 'folders', folders: ['a'] })
  await until(() => disk.listed.length > 0)
  disk.tell({ kind: 'folders', folders: ['b'] })
  disk.tell({ kind: 'folders', folders: ['c'] })
  await pass(3_900)
  expect(disk.listed).toEqual(['a'])
  await pass(100)
  await until(() => disk.listed.length > 1)
  expect(disk.listed).toEqual(['a', 'b', 'c'])
})

it('an uploaded file that another program has open is looked at again, until it can be moved away', async () => {
  const { folder, disk, uploadedFiles, pass, becomes } = watched({ options: { whenUploaded: 'move' } })
  disk.areHeld = true
  uploadedFiles.record(folder.id, [{ ...file, checksum: 'AAAAAA==', key: 'inbox/a.txt', etag: '"1"' }])
  await becomes('watching')
  await pass(4_000)
  expect(disk.listed).toEqual([])
  await pass(1_000)
  await until(() => disk.listed.length > 0)
  expect(disk.listed).toEqual([''])
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

it('files of a network drive that was away are waited for as those of a network drive from its return on', async () => {
  let isAway = true
  const { failureOf, pass, becomes } = watched({
    threads: (disk) => {
      const thread = threadOf(disk)
      return [
        {
          ...thread,
          walk: async (...asked) => (isAway ? failed('source_missing') : thread.walk(...asked)),
          watch: async (_options, { onTrouble }) => {
            if (!isAway) onTrouble({ reason: 'network_drive', detail: 'nfs4' })
          },
        },
      ]
    },
  })
  await becomes('unavailable')
  isAway = false
  await pass(5_000)
  await becomes('polling')
  expect(failureOf('a.txt')).toBe('being_written')
})
