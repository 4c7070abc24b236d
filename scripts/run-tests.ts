import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { electronRuntime } from './electron-runtime.ts'
import { requireCeph } from './require-ceph.ts'
import { runChecks } from './run-checks.ts'
import { runFaults } from './run-faults.ts'
import { stage } from './stage.ts'
import { installSystemLibraries } from './system-libraries.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { type Counts, countsOfPlaywright, sumOf } from './test-counts.ts'
import { runTests, runVitest } from './test-runner.ts'

const { values, positionals: asked } = parseArgs({
  allowPositionals: true,
  options: { kills: { type: 'string' }, long: { type: 'boolean' } },
})

const vitest = (project: string) => (folder: string) => runVitest(project, folder)

/** Operations in watched folders of a long run. */
const manyOperations = '10000'

const integration = (folder: string): Promise<Counts> =>
  runVitest('integration', folder, values.long ? { env: { WATCH_OPERATIONS: manyOperations } } : {})

const playwright = async (folder: string): Promise<Counts> => {
  try {
    await installSystemLibraries()
    await stage(await electronRuntime())
  } catch (error) {
    return { passed: 0, failures: [(error as Error).message] }
  }
  const report = join(folder, 'e2e.json')
  const env = { PLAYWRIGHT_JSON_OUTPUT_FILE: report }
  return runTests('playwright', { args: ['test', '--reporter=list,json'], report, countsOf: countsOfPlaywright, env })
}

const ceph = async (folder: string): Promise<Counts> => {
  try {
    await requireCeph()
  } catch (error) {
    return { passed: 0, failures: [(error as Error).message] }
  }
  return vitest('ceph')(folder)
}

const parts: Readonly<Record<string, (folder: string) => Promise<Counts>>> = {
  check: runChecks,
  unit: vitest('unit'),
  integration,
  contract: vitest('contract'),
  faults: (folder) => runFaults(folder, values),
  ceph,
  e2e: playwright,
}

const unknown = asked.filter((name) => !(name in parts))
if (unknown.length > 0 || asked.length === 0) {
  console.error(`Usage: node scripts/run-tests.ts [--kills N] [--long] ${Object.keys(parts).join('|')} …`)
  process.exit(2)
}

const folder = await temporaryFolder('tests')
const counts: Counts[] = []
for (const [name, run] of Object.entries(parts)) {
  if (!asked.includes(name)) continue
  console.log(`\n── ${name} ──`)
  counts.push(await run(folder.path))
}
folder.remove()
const { passed, failures } = sumOf(counts)
for (const failure of failures) console.log(`\n✗ ${failure}`)
console.log(`\n${passed} passed, ${failures.length} failed`)
process.exitCode = failures.length === 0 && passed > 0 ? 0 : 1
