import { expect, test } from 'vitest'
import { countsOfPlaywright, countsOfVitest, sumOf } from '../../../scripts/test-counts.ts'

test('tests of vitest are counted; of those that failed it is told what they said', () => {
  const report = JSON.stringify({
    numPassedTests: 12,
    testResults: [
      { name: 'one.test.ts', status: 'passed', message: '', assertionResults: [{ fullName: 'a', status: 'passed' }] },
      {
        name: 'two.test.ts',
        status: 'failed',
        message: '',
        assertionResults: [
          { fullName: 'b', status: 'passed', failureMessages: [] },
          { fullName: 'c', status: 'failed', failureMessages: ['expected 1 to be 2'] },
        ],
      },
    ],
  })
  expect(countsOfVitest(report, '[]')).toEqual({ passed: 12, failures: ['two.test.ts › c\nexpected 1 to be 2'] })
  expect(countsOfVitest(report, '["thrown by nobody’s test"]').failures).toHaveLength(2)
})

test('a test file that could not be loaded is a failure, though none of its tests ran', () => {
  const report = JSON.stringify({
    numPassedTests: 12,
    testResults: [{ name: 'two.test.ts', status: 'failed', message: 'no such module', assertionResults: [] }],
  })
  expect(countsOfVitest(report, '[]')).toEqual({ passed: 12, failures: ['two.test.ts\nno such module'] })
})

test('a flaky test of Playwright, and an error outside of tests, are failures', () => {
  const spec = (title: string, status: string, ...messages: string[]) => ({
    title,
    file: 'one.spec.ts',
    tests: [{ status, results: [{ errors: messages.map((message) => ({ message })) }] }],
  })
  const report = JSON.stringify({
    stats: { expected: 5 },
    suites: [
      {
        title: 'one.spec.ts',
        specs: [spec('a', 'expected'), spec('b', 'flaky', 'too late')],
        suites: [{ title: 'inner', specs: [spec('c', 'unexpected', 'not there'), spec('d', 'skipped')] }],
      },
    ],
    errors: [{ message: 'no browser' }],
  })
  const failures = ['one.spec.ts › b\ntoo late', 'one.spec.ts › c\nnot there', 'no browser']
  expect(countsOfPlaywright(report)).toEqual({ passed: 5, failures })
})

test('the parts are summed', () => {
  expect(
    sumOf([
      { passed: 1, failures: [] },
      { passed: 2, failures: ['a', 'b'] },
    ]),
  ).toEqual({ passed: 3, failures: ['a', 'b'] })
})
