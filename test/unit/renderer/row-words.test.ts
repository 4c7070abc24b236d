import { describe, expect, test } from 'vitest'
import { createWords } from '../../../src/renderer/i18n/create-words.ts'
import { appearanceOf, type Hold } from '../../../src/renderer/transfers/appearance.ts'
import { createFormats, percentStored } from '../../../src/renderer/transfers/format.ts'
import { holdWordsOf } from '../../../src/renderer/transfers/hold-words.ts'
import { measureWords, spokenProgress } from '../../../src/renderer/transfers/measure-words.ts'
import { progressWords, rowWords } from '../../../src/renderer/transfers/row-words.ts'
import { dispositionOf, failureKinds } from '../../../src/shared/failure.ts'
import type { TransferView } from '../../../src/shared/transfer.ts'
import { transferRow } from '../../support/fake-engine.ts'

const words = createWords()
const t = words.t
const formats = createFormats('en-GB')
const now = new Date(2026, 10, 22, 14, 30).getTime()
const minute = 60_000

const sentence = (overrides: Partial<TransferView>, hold: Hold = null): string => {
  const { state, reason } = rowWords(transferRow(1, overrides), { t, formats, hold, now, place: 'film-archive' })
  return reason === null ? state : `${state} · ${reason}`
}

describe('the sentence of a row', () => {
  test.each<[string, Partial<TransferView>]>([
    ['Preparing · asking where it may go', { activity: 'preparing' }],
    ['Still being written · starts once it stops changing', { activity: 'writing', watchedFolder: 'Dailies' }],
    ['Queued · waits for its turn', { activity: 'queued' }],
    ['Uploading · film-archive', { activity: 'uploading' }],
    ['Uploading · reels/vault-0417/', { activity: 'uploading', folder: 'reels/vault-0417' }],
    ['Uploading · Dailies/', { activity: 'uploading', watchedFolder: 'Dailies' }],
    ['Uploading · Dailies/day-3/', { activity: 'uploading', watchedFolder: 'Dailies', folder: 'day-3' }],
    ['Finishing · every part is stored; S3 is joining them', { activity: 'finishing', state: 'completing' }],
    [
      'Retrying in 12 s · S3 was busy; stored parts are kept',
      {
        activity: 'retrying',
        acknowledged: 1,
        retryAt: now + 11_500,
        failure: { kind: 'throttled', detail: 'SlowDown' },
      },
    ],
    [
      'Retrying in 5 min · there was no answer in time',
      { activity: 'retrying', retryAt: now + 5 * minute, failure: { kind: 'timeout', detail: null } },
    ],
    ['Retrying', { activity: 'retrying', retryAt: now - 1 }],
    [
      'Having trouble, next try in 4 min · S3 had trouble of its own; stored parts are kept',
      {
        activity: 'retrying',
        acknowledged: 1,
        attempts: 10,
        retryAt: now + 4 * minute,
        failure: { kind: 'server', detail: '500' },
      },
    ],
    [
      'Waiting for its file · the file is not where it was; stored parts are kept',
      {
        activity: 'retrying',
        acknowledged: 1,
        retryAt: now + 5_000,
        failure: { kind: 'source_missing', detail: 'ENOENT' },
      },
    ],
    [
      'Paused · by you, 20 min ago · kept until 28 Nov',
      {
        activity: 'paused',
        state: 'paused',
        updatedAt: now - 20 * minute,
        abortAt: new Date(2026, 10, 28, 12).getTime(),
      },
    ],
    [
      'Not uploaded · it changed while being sent',
      { activity: 'failed', state: 'failed', failure: { kind: 'source_unstable', detail: null } },
    ],
    [
      'Already there · moved from day-3/a.mov; not sent again',
      { activity: 'completed', state: 'completed', verification: 'checksum', movedFrom: 'day-3/a.mov' },
    ],
    [
      'Verified · stored whole, checksum matches',
      { activity: 'completed', state: 'completed', verification: 'checksum' },
    ],
    [
      'Verified · stored whole, the MD5 of its parts matches',
      { activity: 'completed', state: 'completed', verification: 'md5_of_parts' },
    ],
    ['Canceling · what was stored of it is being removed', { activity: 'canceling', state: 'canceling' }],
  ])('%s', (expected, overrides) => {
    expect(sentence(overrides)).toBe(expected)
  })

  test('does not say verified where only the size was checked, and is not green', () => {
    const row = { activity: 'completed', state: 'completed', verification: 'size' } as const
    expect(sentence(row)).not.toContain('Verified')
    expect(appearanceOf(transferRow(1, row), null).tone).toBe('resting')
  })

  test('of a file that is still written is grey, with its size so far and no bar', () => {
    const row = transferRow(1, { activity: 'writing', size: 7_310_000_000 })
    expect(appearanceOf(row, null)).toEqual({ icon: 'writing', tone: 'resting', bar: 'none' })
    expect(measureWords(t, formats, row, null)).toEqual({ first: '7.31 GB', second: null })
  })

  test('names the cause that holds the queue, in grey, since the banner speaks', () => {
    const row = { activity: 'waiting', acknowledged: 1 } as const
    const hold = { kind: 'offline', since: now, until: null } as const
    expect(sentence(row, hold)).toBe('Waiting for network · film-archive')
    expect(appearanceOf(transferRow(1, row), hold)).toEqual({ icon: 'offline', tone: 'resting', bar: 'resting' })
  })

  test.each<[string, number | null]>([
    ['Waiting for 18:00', new Date(2026, 10, 22, 18).getTime()],
    ['Waiting for 06:00', new Date(2026, 10, 23, 6).getTime()],
    ['Waiting for Tuesday 06:00', new Date(2026, 10, 24, 6).getTime()],
    ['Waiting for your schedule', null],
  ])('names what ends the rest of the schedule: %s', (expected, until) => {
    const hold = { kind: 'schedule', since: now, until } as const
    expect(sentence({ activity: 'waiting' }, hold)).toBe(`${expected} · film-archive`)
    expect(appearanceOf(transferRow(1, { activity: 'waiting' }), hold).icon).toBe('schedule')
  })

  test('does not count down nor count tries while its file is away', () => {
    const failure = { kind: 'source_missing', detail: 'ENOENT' } as const
    const row = transferRow(1, { activity: 'retrying', failure, attempts: 3 })
    expect(appearanceOf(row, null)).toMatchObject({ icon: 'source-away', tone: 'waiting' })
    expect(measureWords(t, formats, row, null).second).toBeNull()
  })

  test('says under a hold that only the final check is left', () => {
    const row = { activity: 'waiting', state: 'completing', acknowledged: 1_000_000_000 } as const
    expect(sentence(row, { kind: 'offline', since: now, until: null })).toBe(
      'Waiting for network · every part is stored; only the final check is left',
    )
  })
})

describe('what stands beside the bar', () => {
  const beside = (overrides: Partial<TransferView>) => {
    const row = transferRow(1, overrides)
    const situation = { t, formats, hold: null, now, place: 'film-archive' }
    return progressWords(row, percentStored(row.acknowledged, row.size), situation)
  }

  test('is the percent while bytes move', () => {
    expect(beside({ activity: 'uploading', acknowledged: 643_199_999 })).toBe('64.31 %')
  })

  test('is never 100 %, but a word, once all is acknowledged', () => {
    expect(beside({ activity: 'uploading', acknowledged: 1_000_000_000 })).toBe('99.99 %')
    expect(beside({ activity: 'finishing', state: 'completing', acknowledged: 1_000_000_000 })).toBe('checking')
    expect(beside({ activity: 'waiting', state: 'completing', acknowledged: 1_000_000_000 })).toBe('to check')
  })

  test('is the time once it is done', () => {
    const done = { activity: 'completed', state: 'completed' } as const
    expect(beside({ ...done, updatedAt: now - 28 * minute })).toBe('today, 14:02')
    expect(beside({ ...done, updatedAt: now - 24 * 60 * minute })).toBe('yesterday, 14:30')
    expect(beside({ ...done, updatedAt: now - 3 * 24 * 60 * minute })).toBe('19 Nov, 14:30')
  })
})

describe('the bytes of a row', () => {
  const gigabyte = 1_000_000_000
  const live = {
    id: '',
    activity: 'uploading',
    read: 30.87 * gigabyte,
    acknowledged: 30.87 * gigabyte,
    inFlight: 0,
    bytesPerSecond: 52_600_000,
    secondsLeft: 325,
  } as const
  const uploading = { activity: 'uploading', size: 48 * gigabyte, acknowledged: 30.87 * gigabyte } as const

  test('have speed and time left below while they move', () => {
    expect(measureWords(t, formats, transferRow(1, uploading), live)).toEqual({
      first: '30.87 of 48.00 GB',
      second: '52.6 MB/s · 5 min',
    })
  })

  test('claim no time left where none is known', () => {
    expect(measureWords(t, formats, transferRow(1, uploading), { ...live, secondsLeft: null }).second).toBe('52.6 MB/s')
    expect(measureWords(t, formats, transferRow(1, uploading), null).second).toBeNull()
  })

  test('of an empty file are 0 B', () => {
    expect(measureWords(t, formats, transferRow(1, { activity: 'uploading', size: 0 }), null).first).toBe('0 B')
    expect(appearanceOf(transferRow(1, { activity: 'uploading', size: 0 }), null).bar).toBe('none')
  })

  test('count the tries as people do', () => {
    const second = (attempts: number) =>
      measureWords(t, formats, transferRow(1, { activity: 'retrying', attempts }), null).second
    expect([1, 2, 3, 10, 20].map(second)).toEqual(['2nd try', '3rd try', '4th try', '11th try', '21st try'])
  })

  test('are spoken in whole words', () => {
    expect(spokenProgress(t, formats, 30.87 * gigabyte, 48 * gigabyte)).toBe(
      '64.31 percent stored, 30.87 of 48 gigabytes',
    )
    expect(spokenProgress(t, formats, gigabyte, gigabyte)).toBe('checking, 1 of 1 gigabytes stored')
  })
})

describe('the words of a hold', () => {
  const until = now + minute
  const rests = ['schedule', 'on_battery', 'asleep'] as const
  const held = failureKinds.filter((kind) => dispositionOf(kind) === 'hold')
  test.each([...rests, ...held])('of the kind %s are whole and calm', (kind) => {
    const { row, title, text } = holdWordsOf(t, formats, { kind, until }, now)
    expect(row).toMatch(/^Waiting[^.!_{}]*$/)
    for (const part of [title, text]) expect(part).toMatch(/^[A-Z][^!_{}]{6,220}\.$/)
  })
})

describe('the words of a failure', () => {
  test.each(failureKinds)('of the kind %s are whole, calm and without codes', (kind) => {
    const parts = (['short', 'happened', 'safe', 'todo'] as const).map((part) => t(`failures.${kind}.${part}`))
    for (const part of parts) expect(part).toMatch(/^[^!_{}]{6,140}$/)
    for (const part of parts.slice(1)) expect(part).toMatch(/^[A-Z].*\.$/)
  })
})
