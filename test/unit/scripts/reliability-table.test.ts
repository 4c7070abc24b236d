import { expect, test } from 'vitest'
import { reliabilityPage, rowsOf, tableOf, verdictOf } from '../../../scripts/reliability-table.ts'
import type { ReliabilityRow } from '../../support/reliability.ts'

const found = { lost: 0, corrupt: 0, duplicated: 0, resent: 0, emptyUploads: 0, uploadsWithParts: 0 }
const allowed = { resent: 6, emptyUploads: 0, uploadsWithParts: 0 }

const row = (overrides: Partial<ReliabilityRow> = {}): ReliabilityRow => ({
  ...{ fault: 'killed', moment: 'Create → id saved', outcome: 'completed', slots: 2, least: 3 },
  ...{ times: 3, kills: 3, found, allowed },
  ...overrides,
})

test('the rows of a run are in the order of the files and of the tests in them, whatever ran first', () => {
  const test = (moment: string) => ({ meta: { reliability: [row({ moment })] } })
  const report = JSON.stringify({
    testResults: [
      { name: 'b.test.ts', assertionResults: [test('3')] },
      { name: 'a.test.ts', assertionResults: [test('2'), { meta: {} }, test('1')] },
    ],
  })
  expect(rowsOf(report).map(({ moment }) => moment)).toEqual(['2', '1', '3'])
})

test('a run that kept every promise says so in one line', () => {
  expect(verdictOf([row(), row({ fault: 'offline', kills: 0, found: { ...found, resent: 90 } })])).toEqual({
    kept: true,
    line: 'kills: 3, lost: 0, corrupt: 0, duplicated: 0, resent per kill ≤ slots',
  })
})

test('faults beside the kills are named', () => {
  expect(verdictOf([row({ times: 5, found: { ...found, resent: 10 } })])).toEqual({
    kept: true,
    line: 'kills: 3, lost: 0, corrupt: 0, duplicated: 0, resent per kill or other fault ≤ slots',
  })
})

test.each(['lost', 'corrupt', 'duplicated'] as const)('something %s breaks the promise, and is in the line', (name) => {
  const verdict = verdictOf([row(), row({ found: { ...found, [name]: 2 } })])
  expect(verdict.kept).toBe(false)
  expect(verdict.line).toContain(`${name}: 2`)
})

test('more parts sent again than were on the wire break the promise', () => {
  expect(verdictOf([row({ found: { ...found, resent: 7 } })])).toEqual({
    kept: false,
    line: 'kills: 3, lost: 0, corrupt: 0, duplicated: 0, sent again: 7 parts with 3 × 2 slots (killed: Create → id saved)',
  })
})

test('a fault that was done less often than asked breaks the promise', () => {
  expect(verdictOf([row({ least: 40, times: 12, kills: 12 })])).toEqual({
    kept: false,
    line:
      'kills: 12, lost: 0, corrupt: 0, duplicated: 0, resent per kill ≤ slots, ' +
      'done too seldom: 12 of 40 times (killed: Create → id saved)',
  })
})

test('a run without a kill, or without a report, shows nothing', () => {
  expect(verdictOf(rowsOf(null)).kept).toBe(false)
})

test('the table shows what was measured, the page what holds for each run', () => {
  const rows = [row({ found: { ...found, resent: 1, emptyUploads: 2 }, allowed: { ...allowed, emptyUploads: 3 } })]
  expect(tableOf(rows)).toBe(
    [
      '| fault  | moment            | times | kills | lost | corrupt | duplicated | sent again | left | ends      |',
      '| ------ | ----------------- | ----- | ----- | ---- | ------- | ---------- | ---------- | ---- | --------- |',
      '| killed | Create → id saved | 3     | 3     | 0    | 0       | 0          | 1          | 2    | completed |',
    ].join('\n'),
  )
  expect(reliabilityPage(rows)).toContain(
    '| killed | Create → id saved | 3     | 3     | 0    | 0       | 0          | ≤ 6        | ≤ 3 empty | completed |',
  )
})
