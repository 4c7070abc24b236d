import { expect, it, onTestFinished, vi } from 'vitest'
import { createFolders } from '../../../../../src/main/engine/db/folders.ts'
import { createUploadedFiles } from '../../../../../src/main/engine/db/uploaded-files.ts'
import { type FolderThread, FolderThreadDied } from '../../../../../src/main/engine/watch/folder-thread.ts'
import { FolderWatch } from '../../../../../src/main/engine/watch/folder-watch.ts'
import type { FoundFile } from '../../../../../src/main/engine/watch/found.ts'
import { usualFolderOptions } from '../../../../../src/shared/folder.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

const file: FoundFile = { path: 'a.txt', size: 1, sourceId: '1:1:1:1:1', modifiedAt: 1, changedAt: 1 }
const looked = { ignored: [], problems: [], unread: [], entries: 1, identity: '1:1' }

/** A folder with one file, as its thread tells; `dies`: of what it is asked first. */
const threadOf = ({ dies }: { readonly dies: boolean }): FolderThread => ({
  walk: async (_options, onFiles) => {
    if (dies) throw new FolderThreadDied('the thread of a folder died')
    await onFiles([file])
    return { ok: true, value: looked }
  },
  list: async () => ({ ok: true, value: { ...looked, complete: [] } }),
  look: async (paths) => paths.map(() => file),
  openForWriting: async () => new Set(),
  watch: async () => undefined,
  explain: async () => null,
  end: async () => undefined,
})

it('a thread that died is started again, and the folder is unavailable until then', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const onError = vi.spyOn(console, 'error').mockReturnValue()
  onTestFinished(() => onError.mockRestore())
  const { database, accountId, transfers, clock } = temporaryQueue()
  const now = () => clock.now
  const folders = createFolders(database, now)
  const chosen = { accountId, purpose: 'inbox', path: '/folder', options: usualFolderOptions }
  const folder = folders.begin(folders.prepare(chosen))
  const threads = [threadOf({ dies: true }), threadOf({ dies: false })]
  const fatal: unknown[] = []
  const watch = new FolderWatch(folder, () => threads.shift() ?? threadOf({ dies: false }), {
    ...{ folders, transfers, uploadedFiles: createUploadedFiles(database, now), now, random: () => 0 },
    onReady: () => undefined,
    onGone: () => undefined,
    onChange: () => undefined,
    onFatal: (error) => fatal.push(error),
  })
  onTestFinished(() => watch.end())

  watch.begin()
  await vi.waitFor(() => expect(watch.activity.state).toBe('unavailable'))
  await vi.advanceTimersByTimeAsync(5_000)
  await vi.waitFor(() => expect(watch.activity.state).toBe('watching'))
  expect([fatal, transfers.openBySource(accountId, 'inbox', '/folder/a.txt')?.state]).toEqual([[], 'queued'])
})
