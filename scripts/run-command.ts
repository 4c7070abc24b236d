import { type SpawnOptions, spawn } from 'node:child_process'

export type CommandOutcome = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs a command to its end and collects what it printed; `code` is null when it could not start or a signal ended it. */
export const runCommand = (command: string, args: readonly string[], options: SpawnOptions = {}) =>
  new Promise<CommandOutcome>((resolve) => {
    const child = spawn(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
    const finish = (code: number | null, problem = '') =>
      resolve({ code, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() + problem })
    child.on('error', (error) => finish(null, error.message))
    child.on('close', (code) => finish(code))
  })
