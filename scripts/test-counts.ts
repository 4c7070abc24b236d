/** What a run of tests came to; each of the failures is a test's name with the file it is in and what it said. */
export type Counts = { readonly passed: number; readonly failures: readonly string[] }

type VitestReport = {
  readonly numPassedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly failureMessages?: readonly string[] | null
    }[]
  }[]
}

/**
 * The counts in what vitest's JSON reporter writes, and in the list of what was thrown outside of any test. A file that
 * could not be loaded counts as one failure.
 */
export function countsOfVitest(report: string, unhandledErrors: string): Counts {
  const { numPassedTests, testResults } = JSON.parse(report) as VitestReport
  const failures = testResults
    .filter(({ status }) => status === 'failed')
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === 'failed')
      if (failed.length === 0) return [`${name}\n${message}`]
      return failed.map(
        ({ fullName, failureMessages }) => `${name} › ${fullName}\n${failureMessages?.join('\n') ?? ''}`,
      )
    })
  return { passed: numPassedTests, failures: [...failures, ...(JSON.parse(unhandledErrors) as readonly string[])] }
}

type PlaywrightSuite = {
  readonly specs: readonly {
    readonly title: string
    readonly file: string
    readonly tests: readonly {
      readonly status: string
      readonly results: readonly { readonly errors: readonly { readonly message: string }[] }[]
    }[]
  }[]
  readonly suites?: readonly PlaywrightSuite[]
}

function failuresIn({ specs, suites = [] }: PlaywrightSuite): readonly string[] {
  const failed = specs.flatMap(({ title, file, tests }) =>
    tests
      .filter(({ status }) => status === 'unexpected' || status === 'flaky')
      .map(({ results }) => {
        const messages = results.flatMap(({ errors }) => errors.map(({ message }) => message))
        return `${file} › ${title}\n${messages.join('\n')}`
      }),
  )
  return [...failed, ...suites.flatMap(failuresIn)]
}

/** The counts in what Playwright's JSON reporter writes. A test that passed only at a later try counts as failed. */
export function countsOfPlaywright(report: string): Counts {
  const { stats, suites, errors } = JSON.parse(report) as {
    readonly stats: { readonly expected: number }
    readonly suites: readonly PlaywrightSuite[]
    readonly errors: readonly { readonly message: string }[]
  }
  return { passed: stats.expected, failures: [...suites.flatMap(failuresIn), ...errors.map(({ message }) => message)] }
}

export const sumOf = (counts: readonly Counts[]): Counts => ({
  passed: counts.reduce((sum, { passed }) => sum + passed, 0),
  failures: counts.flatMap(({ failures }) => failures),
})
