import { expect, test } from 'vitest'
import { countsOfPlaywright, countsOfVitest, sumOf } from '../../../scripts/test-counts.ts'

test('passed and failed tests of vitest are counted', () => {
  const report = JSON.stringify({
    numPassedTests: 12,
    numFailedTests: 1,
    testResults: [
      { status: 'passed', assertionResults: [{}] },
      { status: 'failed', assertionResults: [{}] },
    ],
  })
  expect(countsOfVitest(report)).toEqual({ passed: 12, failed: 1 })
})

test('a test file that could not be loaded is a failure, though none of its tests ran', () => {
  const report = JSON.stringify({
    numPassedTests: 12,
    numFailedTests: 0,
    testResults: [{ status: 'failed', assertionResults: [] }],
  })
  expect(countsOfVitest(report)).toEqual({ passed: 12, failed: 1 })
})

test('a flaky test of Playwright, and an error outside of tests, are failures', () => {
  const report = JSON.stringify({ stats: { expected: 5, unexpected: 1, flaky: 1 }, errors: [{}] })
  expect(countsOfPlaywright(report)).toEqual({ passed: 5, failed: 3 })
})

test('the parts are summed', () => {
  expect(
    sumOf([
      { passed: 1, failed: 0 },
      { passed: 2, failed: 3 },
    ]),
  ).toEqual({ passed: 3, failed: 3 })
})
