import { writeFileSync } from 'node:fs'
import type { Reporter } from 'vitest/node'

/** Names the file it writes. */
export const unhandledErrorsVariable = 'UNHANDLED_ERRORS_FILE'

/** Writes a list of what was thrown outside of any test, which vitest's JSON reporter leaves out. */
export default class UnhandledErrorsReporter implements Reporter {
  onTestRunEnd(...[, errors]: Parameters<NonNullable<Reporter['onTestRunEnd']>>): void {
    const file = process.env[unhandledErrorsVariable]
    if (file !== undefined) writeFileSync(file, JSON.stringify(errors.map(({ stack, message }) => stack ?? message)))
  }
}
