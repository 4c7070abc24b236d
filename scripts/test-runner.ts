import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Counts, countsOfVitest } from './test-counts.ts'
import { unhandledErrorsVariable } from './unhandled-errors-reporter.ts'

const root = join(import.meta.dirname, '..')

type Run = {
  readonly args: readonly string[]
  /** Where it writes its report. */
  readonly report: string
  readonly countsOf: (report: string) => Counts
  /** Besides this process's own. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a test runner of this repository, shows what it says, and counts by the report that it writes. */
export async function runTests(name: string, { args, report, countsOf, env = {} }: Run): Promise<Counts> {
  const child = spawn(join(root, 'node_modules', '.bin', name), [...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null))
    child.once('close', resolve)
  })
  const written = await readFile(report, 'utf8').catch(() => null)
  const counts = written === null ? { passed: 0, failures: [] } : countsOf(written)
  // A runner that failed without a failed test (a broken set-up, an unhandled error) is a failure all the same.
  if (code === 0 || counts.failures.length > 0) return counts
  return { ...counts, failures: [`${name} ended with ${code}, though no test failed: see above`] }
}

/** Runs a vitest project, or some files of it; its report is `PROJECT.json` in `folder`. */
export function runVitest(
  project: string,
  folder: string,
  {
    files = [],
    env = {},
  }: { readonly files?: readonly string[]; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Counts> {
  const report = join(folder, `${project}.json`)
  const unhandled = join(folder, `${project}-unhandled-errors.json`)
  const reporter = join(import.meta.dirname, 'unhandled-errors-reporter.ts')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`, `--reporter=${reporter}`]
  const args = ['run', '--project', project, ...reporters, ...files]
  return runTests('vitest', {
    ...{ args, report },
    countsOf: (written) => countsOfVitest(written, readFileSync(unhandled, 'utf8')),
    env: { ...env, [unhandledErrorsVariable]: unhandled },
  })
}
