import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { electronRuntime } from './electron-runtime.ts'
import { sandboxArguments } from './launch-app.ts'
import { startServices } from './services.ts'
import { buildEnvironment, layOut } from './stage.ts'
import { hasDisplay, installSystemLibraries } from './system-libraries.ts'

const root = join(import.meta.dirname, '..')

/** The app with hot reload against an S3, an STS and a broker of its own, signed in. Nothing of it stays. */
async function dev(opened: AsyncDisposableStack): Promise<number> {
  if (!hasDisplay()) throw new Error('There is no display to show a window on. `npm run demo` works without one.')
  await installSystemLibraries()
  const runtime = await electronRuntime()
  const folder = await mkdtemp(join(tmpdir(), 'longshore-dev-'))
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  await layOut(runtime, folder)
  const services = await startServices()
  opened.defer(services.close)
  console.log(`Broker: ${services.brokerUrl}`)
  const electronVite = spawn(
    join(root, 'node_modules', '.bin', 'electron-vite'),
    [
      'dev',
      '--watch',
      '--outDir',
      join(folder, 'out'),
      ...(sandboxArguments.length > 0 ? ['--noSandbox'] : []),
      '--',
      `--profile=${join(folder, 'profile')}`,
      `--broker=${services.brokerUrl}`,
    ],
    {
      cwd: root,
      env: { ...buildEnvironment(runtime), ELECTRON_ENTRY: folder, LONGSHORE_TOKEN: services.token },
      stdio: 'inherit',
    },
  )
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => electronVite.kill(signal))
  return new Promise((resolve, reject) => {
    electronVite.once('error', reject)
    electronVite.once('close', (code) => resolve(code ?? 1))
  })
}

const opened = new AsyncDisposableStack()
try {
  process.exitCode = await dev(opened)
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
} finally {
  await opened.disposeAsync()
}
