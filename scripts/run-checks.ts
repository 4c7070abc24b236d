import { join } from 'node:path'
import { gates } from './gates.ts'

/** Runs every gate over the repository and says what each found; one gate counts as one test. */
export async function runChecks(): Promise<{ readonly passed: number; readonly failed: number }> {
  const root = join(import.meta.dirname, '..')
  let failed = 0
  for (const gate of gates) {
    const started = performance.now()
    const { passed, output } = await gate.check(root)
    const seconds = ((performance.now() - started) / 1_000).toFixed(1)
    console.log(`${passed ? '✓' : '✗'} ${gate.name} (${seconds} s)`)
    if (!passed) {
      failed += 1
      console.log(output)
    }
  }
  return { passed: gates.length - failed, failed }
}

if (import.meta.main) {
  const { failed } = await runChecks()
  if (failed > 0) process.exitCode = 1
}
