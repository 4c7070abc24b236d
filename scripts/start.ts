import { spawn } from 'node:child_process'
import { electronRuntime } from './electron-runtime.ts'
import { sandboxArguments } from './launch-app.ts'
import { stage } from './stage.ts'
import { hasDisplay, installSystemLibraries } from './system-libraries.ts'

/** `npm start -- --broker URL [--profile DIR]`: builds the app and runs it; what is given goes to the app as it is. */
async function start(args: readonly string[]): Promise<number> {
  if (!hasDisplay()) throw new Error('There is no display to show a window on. `npm run demo` works without one.')
  await installSystemLibraries()
  const runtime = await electronRuntime()
  const app = spawn(runtime.executable, [...sandboxArguments, await stage(runtime), ...args], { stdio: 'inherit' })
  // The terminal sends SIGINT to the app as well as to this process; the app quits, and this waits for it.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => app.kill('SIGTERM'))
  return new Promise((resolve, reject) => {
    app.once('error', reject)
    app.once('close', (code) => resolve(code ?? 1))
  })
}

try {
  process.exitCode = await start(process.argv.slice(2))
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
