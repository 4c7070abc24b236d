import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createFolders } from '../../../../../src/main/engine/db/folders.ts'
import { createUploadedFiles } from '../../../../../src/main/engine/db/uploaded-files.ts'
import { crc32Of } from '../../../../../src/main/engine/transfers/crc32.ts'
import { Contents } from '../../../../../src/main/engine/watch/contents.ts'
import type { FoundFile, LookedAt } from '../../../../../src/main/engine/watch/found.ts'
import { lookAtFile } from '../../../../../src/main/engine/watch/thread/found-file.ts'
import { openRoot } from '../../../../../src/main/engine/watch/thread/watched-root.ts'
import { type FolderOptions, usualFolderOptions } from '../../../../../src/shared/folder.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'
import { until } from '../../../../support/until.ts'
import { value } from '../../../../support/value.ts'
import { tree } from './thread/tree.ts'

/** A folder with the files `a.txt` and `b.txt`, which were uploaded as they are. */
function uploaded(content: string, options: Partial<FolderOptions> = {}) {
  const { database, accountId, transfers, clock } = temporaryQueue()
  const now = () => clock.now
  const path = join(tree({ 'Dailies/a.txt': content, 'Dailies/b.txt': content }), 'Dailies')
  const folders = createFolders(database, now)
  const chosen = { accountId, purpose: 'inbox', path, options: { ...usualFolderOptions, ...options } }
  const folder = folders.begin(folders.prepare(chosen))
  const uploadedFiles = createUploadedFiles(database, now)
  const look = (file: string): LookedAt => lookAtFile(value(openRoot(path)), file, process.platform)
  const found = (file: string): FoundFile => {
    const looked = look(file)
    if (looked === null || looked === 'unread') throw new Error('the file is not there')
    return looked
  }
  const checksum = crc32Of(Buffer.from(content))
  const files = ['a.txt', 'b.txt'].map((name) => ({ ...found(name), checksum, key: name, etag: 'e' }))
  uploadedFiles.record(folder.id, files)
  const others: string[] = []
  const meanwhile = vi.fn<() => void>()
  const ending = new AbortController()
  onTestFinished(() => ending.abort())
  const contents = new Contents({
    ...{ folder: () => folder, uploadedFiles, transfers, signal: ending.signal },
    look: async (paths) => paths.map(look),
    openForWriting: async () => {
      meanwhile()
      return new Set()
    },
    onOther: (file) => others.push(file.path),
    onNotMoved: () => undefined,
    onHeld: () => undefined,
    onFatal: (error) => {
      throw error
    },
  })
  const recorded = (file = 'a.txt') => uploadedFiles.of(folder.id, file)
  return { contents, found, others, recorded, meanwhile, file: join(path, 'a.txt'), next: join(path, 'b.txt') }
}

describe('a file of the size that was uploaded from its path', () => {
  test('has its record renewed where it was only touched, and is not read again then', async () => {
    const { contents, file, found, others, recorded } = uploaded('same')
    const before = recorded()
    utimesSync(file, 1, 1)
    const touched = found('a.txt')
    contents.add('compare', [touched])
    await until(() => recorded()?.sourceId === touched.sourceId)
    expect(recorded()).toEqual({ ...before, sourceId: touched.sourceId })
    expect([touched.sourceId === before?.sourceId, others]).toEqual([false, []])
  })

  test('is told to be another one where its content is, and its record stays until it is uploaded', async () => {
    const { contents, file, found, others, recorded } = uploaded('same')
    const before = recorded()
    writeFileSync(file, 'emas')
    contents.add('compare', [found('a.txt')])
    await until(() => others.length > 0)
    expect(others).toEqual(['a.txt'])
    expect(recorded()).toEqual(before)
  })

  test('that changed since it was found is left to the next look', async () => {
    const { contents, file, next, found, others, recorded } = uploaded('same')
    const before = recorded()
    for (const touched of [file, next]) utimesSync(touched, 1, 1)
    const [earlier, after] = [found('a.txt'), found('b.txt')]
    writeFileSync(file, 'emas')
    contents.add('compare', [earlier, after])
    // one after the other
    await until(() => recorded('b.txt')?.sourceId === after.sourceId)
    expect([recorded(), others]).toEqual([before, []])
  })
})

test('a file is not moved away where it was written to in the moment before', async () => {
  const { contents, found, meanwhile, file, next } = uploaded('one', { whenUploaded: 'move' })
  meanwhile.mockImplementationOnce(() => writeFileSync(file, 'two'))
  contents.add('move', [found('a.txt'), found('b.txt')])
  // one after the other
  await until(() => !existsSync(next))
  expect(readFileSync(file, 'utf8')).toBe('two')
})
