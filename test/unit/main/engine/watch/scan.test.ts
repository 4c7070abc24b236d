import { describe, expect, it } from 'vitest'
import type { UploadedFile } from '../../../../../src/main/engine/db/uploaded-files.ts'
import type { FoundFile } from '../../../../../src/main/engine/watch/found.ts'
import { type Content, datedPath, decide, type Known } from '../../../../../src/main/engine/watch/scan.ts'
import { type FolderOptions, usualFolderOptions } from '../../../../../src/shared/folder.ts'
import { transfer } from '../../../../support/builders.ts'

const now: FoundFile = { path: 'a/b.mov', size: 7, sourceId: '7:2:2:1:1', modifiedAt: 2, changedAt: 2 }
const before = '7:1:1:1:1'
const smaller = '6:1:1:1:1'

const recorded = (overrides: Partial<UploadedFile> = {}): UploadedFile => ({
  ...{ path: now.path, sourceId: now.sourceId, size: 7, checksum: 'AAAAAA==', key: 'k', etag: 'e' },
  ...overrides,
})
const open = (overrides: Parameters<typeof transfer>[0]) => transfer({ id: 5, sourceId: before, ...overrides })
const exists = { kind: 'exists', detail: null } as const
const unreadable = { kind: 'source_unreadable', detail: 'EACCES' } as const
const place = { grantId: 1, bucket: 'inbox', key: 'k' }
const fresh = { kind: 'upload', instead: null, dated: false, replaces: false }
const nothing = { kind: 'nothing' }

type Case = {
  readonly what: string
  readonly known: Partial<Known>
  readonly options?: Partial<FolderOptions>
  readonly content?: Content
  readonly becomes: object
}

const cases: readonly Case[] = [
  { what: 'a file that nothing is known of', known: {}, becomes: fresh },
  {
    what: 'such a file where what has its key is to be replaced',
    known: {},
    options: { whenTaken: 'replace' },
    becomes: { ...fresh, replaces: true },
  },
  { what: 'a file that is as it was uploaded', known: { recorded: recorded() }, becomes: { kind: 'unchanged' } },
  {
    what: 'a file of the same size and another identity',
    known: { recorded: recorded({ sourceId: before }) },
    becomes: { kind: 'compare' },
  },
  {
    what: 'such a file once its content was seen to be other',
    known: { recorded: recorded({ sourceId: before }) },
    content: 'other',
    becomes: { ...fresh, replaces: true },
  },
  {
    what: 'such a file that was there before the folder was watched, and was never read',
    known: { recorded: recorded({ sourceId: before, checksum: '' }) },
    becomes: { ...fresh, replaces: true },
  },
  {
    what: 'a file of another size than was uploaded',
    known: { recorded: recorded({ sourceId: smaller, size: 6 }) },
    becomes: { ...fresh, replaces: true },
  },
  {
    what: 'such a file where versions have the date in their names',
    known: { recorded: recorded({ sourceId: smaller, size: 6 }) },
    options: { whenChanged: 'dated_key' },
    becomes: { ...fresh, dated: true },
  },
  {
    what: 'such a file where versions have dates and other objects are to be replaced',
    known: { recorded: recorded({ sourceId: smaller, size: 6 }) },
    options: { whenChanged: 'dated_key', whenTaken: 'replace' },
    becomes: { ...fresh, dated: true },
  },
  {
    what: 'a file that changed while its row waited for its turn',
    known: { open: open({}) },
    becomes: { kind: 'changed', id: 5 },
  },
  {
    what: 'a file whose row waits for its turn',
    known: { open: open({ sourceId: now.sourceId }) },
    becomes: nothing,
  },
  {
    what: 'a file whose row waits for it to be still',
    known: { open: open({ failure: { kind: 'being_written', detail: null } }) },
    becomes: nothing,
  },
  { what: 'a file that changed while it is sent', known: { open: open(place) }, becomes: { kind: 'busy' } },
  {
    what: 'a file that changed while its row is paused',
    known: { open: open({ ...place, state: 'paused' }) },
    becomes: nothing,
  },
  {
    what: 'a file whose row failed and that is as it was',
    known: { open: open({ state: 'failed', failure: unreadable, sourceId: now.sourceId }) },
    becomes: nothing,
  },
  {
    what: 'a file whose row failed and that changed since',
    known: { open: open({ ...place, state: 'failed', failure: unreadable }) },
    becomes: { ...fresh, instead: 5 },
  },
  {
    what: 'a file whose key is taken, where a person is to be asked',
    known: { open: open({ ...place, state: 'failed', failure: exists, sourceId: now.sourceId }) },
    becomes: nothing,
  },
  {
    what: 'a file whose key is taken, where both are to be kept',
    known: { open: open({ ...place, state: 'failed', failure: exists, sourceId: now.sourceId }) },
    options: { whenTaken: 'keep_both' },
    becomes: { ...fresh, instead: 5, dated: true },
  },
  {
    what: 'a file whose key is taken, where the other is to be replaced',
    known: { open: open({ ...place, state: 'failed', failure: exists, sourceId: now.sourceId }) },
    options: { whenTaken: 'replace' },
    becomes: { ...fresh, instead: 5, replaces: true },
  },
  {
    what: 'a file that was uploaded and changed, whose new row is under way',
    known: { recorded: recorded({ sourceId: smaller, size: 6 }), open: open({ ...place, sourceId: now.sourceId }) },
    becomes: nothing,
  },
]

describe('what becomes of a file that was found in a watched folder', () => {
  it.each(cases)('$what', ({ known, options, content = 'unknown', becomes }) => {
    const decision = decide(
      now,
      { recorded: null, open: null, ...known },
      { ...usualFolderOptions, ...options },
      content,
    )
    expect(decision).toEqual(becomes)
  })
})

describe('a path with a date', () => {
  const at = Date.UTC(2026, 10, 22, 10, 15, 30, 250)
  it.each([
    ['a/b.mov', 'a/b 2026-11-22 10.15.30.250.mov'],
    ['b', 'b 2026-11-22 10.15.30.250'],
    ['a.d/.profile', 'a.d/.profile 2026-11-22 10.15.30.250'],
    ['x.tar.gz', 'x.tar 2026-11-22 10.15.30.250.gz'],
  ])('of %s is %s', (path, dated) => expect(datedPath(path, at)).toBe(dated))
})
