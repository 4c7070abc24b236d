import { describe, expect, test } from 'vitest'
import {
  folderRefusalWords,
  folderSentence,
  folderStateWords,
  folderToneOf,
  shownCounts,
} from '../../../../src/renderer/folders/folder-words.ts'
import { createWords } from '../../../../src/renderer/i18n/create-words.ts'
import { createFormats } from '../../../../src/renderer/transfers/format.ts'
import type { FolderActivity } from '../../../../src/shared/folder.ts'
import { folderView } from '../../../support/fake-folders.ts'

const t = createWords().t
const formats = createFormats('en-GB')
const now = new Date(2026, 10, 22, 14, 30).getTime()
const minute = 60_000
const { counts } = folderView(1)

const sentence = (activity: FolderActivity, held = 0) =>
  folderSentence(t, formats, { activity, counts: { ...counts, held } }, now)
const polling = (every: number) =>
  ({ state: 'polling', reason: 'network_drive', detail: null, every }) satisfies FolderActivity

describe('the state of a folder', () => {
  test.each<[string, number]>([
    ['Checking every 5 s', 5_000],
    ['Checking every 30 s', 30_000],
    ['Checking every 5 min', 5 * minute],
    ['Checking every 60 min', 60 * minute],
    ['Checking every 2 h', 120 * minute],
  ])('says how often it is looked at: %s', (words, every) => {
    expect(folderStateWords(t, polling(every))).toBe(words)
  })

  test('is blue while Longshore works, grey at rest and amber where it waits for something outside', () => {
    const away = { state: 'unavailable', failure: { kind: 'source_missing', detail: null }, since: now } as const
    expect(
      [{ state: 'watching' }, polling(5_000), { state: 'paused', since: now }, away].map((activity) =>
        folderToneOf(activity as FolderActivity),
      ),
    ).toEqual(['working', 'working', 'resting', 'waiting'])
  })
})

describe('what is said of a folder', () => {
  test('is nothing where nothing needs to be explained', () => {
    expect([sentence({ state: 'watching' }), sentence({ state: 'looking' })]).toEqual([null, null])
  })

  test('names the setting to raise where the system tells no more, and that nothing is missed', () => {
    const limit = { state: 'polling', reason: 'watch_limit', every: 5 * minute } as const
    const words = sentence({ ...limit, detail: 'fs.inotify.max_user_watches' })
    expect(words).toContain('raise the system setting fs.inotify.max_user_watches ')
    expect(words).toContain('Nothing is missed')
    expect(sentence({ ...limit, detail: null })).not.toContain('raise')
  })

  test('counts what appeared while it was paused', () => {
    const paused = { state: 'paused', since: now - 4 * 24 * 60 * minute } as const
    expect([sentence(paused), sentence(paused, 1), sentence(paused, 7)]).toEqual([
      'Paused by you on 18 Nov.',
      'Paused by you on 18 Nov. 1 new file has appeared since; it waits here.',
      'Paused by you on 18 Nov. 7 new files have appeared since; they wait here.',
    ])
  })

  test.each([
    ['source_missing', /^The folder is gone, or empty where it was not: its drive is disconnected, or it was moved\./],
    ['source_unreadable', /^This computer does not let Longshore read the folder\./],
    ['too_many_open_files', /^This computer has too many files open/],
  ] as const)('where it cannot be reached (%s) is why, what is safe, and that it continues by itself', (kind, why) => {
    const words = sentence({ state: 'unavailable', failure: { kind, detail: 'E' }, since: now })
    expect(words).toMatch(why)
    expect(words).toMatch(/What is uploaded is safe in S3; the rest continues by itself once that is over\.$/)
  })
})

test('What is uploaded is always counted, anything else only where there is some.', () => {
  expect(shownCounts(counts)).toEqual([{ name: 'uploaded', count: 0 }])
  expect(shownCounts({ ...counts, uploaded: 31, failed: 2, beingWritten: 1 }).map(({ name }) => name)).toEqual([
    'uploaded',
    'beingWritten',
    'failed',
  ])
})

test('A refusal about a folder does not speak of a transfer.', () => {
  expect(folderRefusalWords(t, { kind: 'not_possible', detail: 'folder' })).toBe(
    'The folder was moved, or one inside or around it is watched by now. Close this and choose it again.',
  )
})
