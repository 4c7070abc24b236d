import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { electronRuntime } from './electron-runtime.ts'
import { runChecks } from './run-checks.ts'
import { stage } from './stage.ts'
import { installSystemLibraries } from './system-libraries.ts'
import { type Counts, countsOfPlaywright, countsOfVitest, sumOf } from './test-counts.ts'

const root = join(import.meta.dirname, '..')

/** Runs a test runner of this repository, shows what it says, and counts by the report that it writes. */
async function runner(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  report: string,
  countsOf: (report: string) => Counts,
): Promise<Counts> {
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
  const counts = written === null ? { passed: 0, failed: 0 } : countsOf(written)
  // A runner that failed without a failed test (a broken set-up, an unhandled error) is a failure all the same.
  return code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 }
}

const vitest = (project: string) => (folder: string) => {
  const report = join(folder, `${project}.json`)
  const args = ['run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  return runner('vitest', args, {}, report, countsOfVitest)
}

const playwright = async (folder: string): Promise<Counts> => {
  try {
    await installSystemLibraries()
    await stage(await electronRuntime())
  } catch (error) {
    console.error((error as Error).message)
    return { passed: 0, failed: 1 }
  }
  const report = join(folder, 'e2e.json')
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: report }
  return runner('playwright', ['test', '--reporter=list,json'], env, report, countsOfPlaywright)
}

const parts: Readonly<Record<string, (folder: string) => Promise<Counts>>> = {
  check: runChecks,
  unit: vitest('unit'),
  integration: vitest('integration'),
  e2e: playwright,
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in parts))
if (unknown.length > 0 || asked.length === 0) {
  console.error(`Usage: node scripts/run-tests.ts ${Object.keys(parts).join('|')} …`)
  process.exit(2)
}

const folder = await mkdtemp(join(tmpdir(), 'longshore-tests-'))
const counts: Counts[] = []
try {
  for (const [name, run] of Object.entries(parts)) {
    if (!asked.includes(name)) continue
    console.log(`\n── ${name} ──`)
    counts.push(await run(folder))
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
const { passed, failed } = sumOf(counts)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
