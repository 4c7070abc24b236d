import { describe, expect, test } from 'vitest'
import { brokerAddress } from '../../../src/renderer/first-run/broker-address.ts'
import { createWords } from '../../../src/renderer/i18n/create-words.ts'
import { initialsOf } from '../../../src/renderer/shell/initials.ts'
import { addedWords } from '../../../src/renderer/transfers/added-words.ts'
import { createFormats } from '../../../src/renderer/transfers/format.ts'
import { possibleFor, remedyOf } from '../../../src/renderer/transfers/remedy.ts'
import { supportText } from '../../../src/renderer/transfers/support-text.ts'
import { totalPercent } from '../../../src/renderer/transfers/total.ts'
import { queueOf, transferRow } from '../../support/fake-engine.ts'

const t = createWords().t
const formats = createFormats('en-GB')

test.each([
  ['broker.example.com', 'https://broker.example.com'],
  ['  broker.example.com/base ', 'https://broker.example.com/base'],
  ['http://broker.example.com', 'http://broker.example.com'],
  ['localhost:4000', 'http://localhost:4000'],
  ['127.0.0.1:4000', 'http://127.0.0.1:4000'],
  ['[::1]:4000/x', 'http://[::1]:4000/x'],
  ['localhost.example.com', 'https://localhost.example.com'],
  ['', ''],
])('The address "%s" is asked as %s.', (typed, address) => {
  expect(brokerAddress(typed)).toBe(address)
})

test.each([
  ['Studio Account', 'SA'],
  ['studio.account@example-archive.example', 'SE'],
  ['demo', 'D'],
  ['Ada van der Berg', 'AB'],
  ['', ''],
])('"%s" has the initials %s.', (label, initials) => {
  expect(initialsOf(label)).toBe(initials)
})

describe('what became of a drop', () => {
  const nothing = { added: 0, bytes: 0, resumed: 0, alreadyListed: 0, failed: 0, skipped: 0 }

  test('is said in one line, only with what happened', () => {
    expect(addedWords(t, formats, { ...nothing, added: 3, bytes: 212_000_000_000 })).toBe('3 files, 212 GB added')
    expect(addedWords(t, formats, { added: 1, bytes: 5, resumed: 2, alreadyListed: 1, failed: 1, skipped: 4 })).toBe(
      '1 file, 5 B added · 2 go on from where they stopped · 1 was in the list already · 1 needs you · 4 links or devices were left out',
    )
  })

  test('is said too where it was nothing', () => {
    expect(addedWords(t, formats, nothing)).toBe('There was nothing to add')
  })
})

describe('the percent of all', () => {
  const completed = transferRow(1, { state: 'completed', activity: 'completed', acknowledged: 1_000_000_000 })

  test('is 100 only when every transfer is verified', () => {
    expect(totalPercent(queueOf([completed]))).toBe(100)
    const finishing = transferRow(2, { state: 'completing', activity: 'finishing', acknowledged: 1_000_000_000 })
    expect(totalPercent(queueOf([completed, finishing]))).toBe(99.99)
    const failed = transferRow(3, { state: 'failed', activity: 'failed' })
    expect(totalPercent(queueOf([completed, failed]))).toBe(99.99)
  })
})

describe('what can be asked of a transfer', () => {
  test('that finishes is nothing', () => {
    expect(possibleFor(transferRow(1, { state: 'completing', activity: 'finishing' }))).toEqual({
      pause: false,
      resume: false,
      retry: false,
      cancel: false,
    })
  })

  test('that failed is to try again or to leave the list', () => {
    expect(possibleFor(transferRow(1, { state: 'failed', activity: 'failed' }))).toEqual({
      pause: false,
      resume: false,
      retry: true,
      cancel: true,
    })
  })
})

test('A failure that trying again cannot mend offers to remove the row.', () => {
  expect(
    ['exists', 'not_a_file', 'too_large', 'source_unstable', 'signed_out', 'source_missing'].map((kind) =>
      remedyOf(kind as Parameters<typeof remedyOf>[0]),
    ),
  ).toEqual(['remove', 'remove', 'remove', 'uploadAgain', 'signIn', 'tryAgain'])
})

test('The details for support hold the codes, and no name and no folder of the person.', () => {
  const row = transferRow(7, {
    name: 'private.mov',
    folder: 'secret-project',
    state: 'failed',
    activity: 'failed',
    failure: { kind: 'access_denied', detail: 'AccessDenied' },
    attempts: 2,
  })
  expect(supportText(row)).toBe(
    [
      'transfer 00000000-0000-4000-8000-000000000007',
      'state failed',
      'failure access_denied AccessDenied',
      'attempts 2',
      'bytes 0 / 1000000000',
      'key none',
      'at 1970-01-01T00:00:00.000Z',
    ].join('\n'),
  )
})
