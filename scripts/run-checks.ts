import { join } from 'node:path'
import { gates } from './gates.ts'
import type { Counts } from './test-counts.ts'

/** Runs every gate over the repository and says what each found; one gate counts as one test. */
export async function runChecks(): Promise<Counts> {
  const root = join(import.meta.dirname, '..')
  const failures: string[] = []
  for (const gate of gates) {
    const started = performance.now()
    const { passed, output } = await gate.check(root)
    const seconds = ((performance.now() - started) / 1_000).toFixed(1)
    console.log(`${passed ? '✓' : '✗'} ${gate.name} (${seconds} s)`)
    if (!passed) {
      failures.push(`${gate.name}\n${output}`)
      console.log(output)
    }
  }
  return { passed: gates.length - failures.length, failures }
}

if (import.meta.main) {
  const { failures } = await runChecks()
  if (failures.length > 0) process.exitCode = 1
}
