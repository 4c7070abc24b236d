import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseCommandLine, usage } from './command-line.ts'
import { startEmulator } from './start-emulator.ts'

const parsed = parseCommandLine(process.argv.slice(2))
switch (parsed.kind) {
  case 'help':
    console.log(usage)
    break
  case 'refused':
    console.error(`${parsed.message}\n\n${usage}`)
    process.exitCode = 2
    break
  case 'run': {
    const { directory: named, ...options } = parsed.commandLine
    const directory = named === null ? mkdtempSync(join(tmpdir(), 'longshore-emulator-')) : resolve(named)
    const forget = () => {
      if (named === null) rmSync(directory, { recursive: true, force: true })
    }
    try {
      const { close, faults, ...emulator } = await startEmulator({ ...options, directory })
      const stop = async () => {
        await close()
        forget()
      }
      process.once('SIGTERM', stop)
      process.once('SIGINT', stop)
      console.log(JSON.stringify({ ready: true, ...emulator, directory }))
    } catch (error) {
      forget()
      console.error(`The emulator could not start: ${error instanceof Error ? error.message : String(error)}`)
      process.exitCode = 1
    }
  }
}
