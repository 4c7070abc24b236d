import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../../src/emulator/main.ts', import.meta.url))

export type EmulatorProcess = {
  pid: number
  ready: {
    endpoint: string
    accessKeyId: string
    secretAccessKey: string
    region: string
    directory: string
    faultsEndpoint: string | null
  }
  /** Ends it with this signal and waits; the exit code, null where the signal itself ended it. */
  end(signal: NodeJS.Signals): Promise<number | null>
} & AsyncDisposable

/** Runs the emulator's command as a user would, until it says that it is ready. */
export async function startEmulatorProcess(flags: string[] = []): Promise<EmulatorProcess> {
  const child: ChildProcess = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  if (child.stdout === null) throw new Error('No standard output')
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([first]) => String(first)),
    exited.then(([code]) => Promise.reject(new Error(`The emulator ended with ${code} before it was ready`))),
  ])
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    await exited
    return child.exitCode
  }
  const { ready, ...rest } = JSON.parse(line)
  if (ready !== true) throw new Error(`Not ready: ${line}`)
  return { pid: child.pid ?? 0, ready: rest, end, [Symbol.asyncDispose]: async () => void (await end('SIGTERM')) }
}

/** Runs the emulator's command to its end. */
export async function runEmulator(flags: string[]): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, [main, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (piece) => {
    output += piece
  })
  child.stderr.on('data', (piece) => {
    errors += piece
  })
  await once(child, 'close')
  return { code: child.exitCode, output, errors }
}
