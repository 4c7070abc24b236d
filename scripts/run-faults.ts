import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { reliabilityPage, rowsOf, tableOf, verdictOf } from './reliability-table.ts'
import { temporaryFolder } from './temporary-folder.ts'
import type { Counts } from './test-counts.ts'
import { runVitest } from './test-runner.ts'

const page = join(import.meta.dirname, '..', 'docs', 'reliability.md')

/** Seconds of each spell of a network that comes and goes, and of a measured speed, in a long run. */
const longSpell = '30'

type Asked = {
  /** Kills at random moments; the tests have a usual number of them. */
  readonly kills?: string | undefined
  /** Nothing but kills at random moments, for so long. */
  readonly minutes?: string | undefined
  /** Networks come and go, and speeds are measured, ten times as long as usual. */
  readonly long?: boolean | undefined
  /** Whether the page in `docs` is written from this run. */
  readonly write?: boolean | undefined
}

/**
 * Runs the fault tests, prints what they showed as a table and sums it up in one line, the last. A promise that was not
 * kept counts as a failed test.
 */
export async function runFaults(
  folder: string,
  { kills, minutes, long = false, write = false }: Asked,
): Promise<Counts> {
  const env = {
    ...(kills === undefined ? {} : { FAULT_KILLS: kills }),
    ...(minutes === undefined ? {} : { FAULT_MINUTES: minutes }),
    ...(long ? { FAULT_FLAP_SECONDS: longSpell, FAULT_LIMIT_SECONDS: longSpell } : {}),
  }
  const files = minutes === undefined ? [] : ['test/faults/kills.test.ts']
  const tested = await runVitest('faults', folder, { files, env })
  const rows = rowsOf(await readFile(join(folder, 'faults.json'), 'utf8').catch(() => null))
  const { kept, line } = verdictOf(rows)
  const counts = kept ? tested : { ...tested, failures: [...tested.failures, `faults: ${line}`] }
  if (write && counts.failures.length === 0) await writeFile(page, reliabilityPage(rows))
  else if (write) console.error('docs/reliability.md is left as it was: not all tests passed')
  console.log(`\n${tableOf(rows)}\n\n${line}`)
  return counts
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string' },
      minutes: { type: 'string' },
      long: { type: 'boolean' },
      write: { type: 'boolean' },
    },
  })
  const folder = await temporaryFolder('faults')
  const counts = await runFaults(folder.path, values)
  folder.remove()
  process.exitCode = counts.failures.length === 0 && counts.passed > 0 ? 0 : 1
}
