import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const linesShown = 20

/** Runs programs whose output goes to files in one folder, and ends them all with a signal. */
export class Programs {
  readonly #folder: string
  readonly #signal: AbortSignal
  readonly #logs = new Set<string>()
  #launched = 0
  readonly #running = new Set<Promise<number | null>>()
  readonly #failed = Promise.withResolvers<never>()

  constructor(folder: string, signal: AbortSignal) {
    this.#folder = folder
    this.#signal = signal
    this.#failed.promise.catch(() => {})
  }

  /** Resolves when the program is through; throws where it failed. */
  async run(program: string, args: readonly string[]): Promise<void> {
    const code = await this.#launch(program, args)
    if (code !== 0) throw new Error(`${program} ${args[0]} … ended with ${code}`)
  }

  /** Starts a program that is to run until the signal. */
  serve(program: string, args: readonly string[]): void {
    this.#launch(program, args)
      .then((code) => Promise.reject(new Error(`${program} ended with ${code}`)))
      .catch(this.#failed.reject)
  }

  /** Rejects as soon as a program ends that should not. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /** Resolves when none runs. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.#running)
  }

  /** The last lines that each program wrote, but for those that did what they should and ended. */
  lastWords(): string {
    const shown = [...this.#logs].map((log) => {
      const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean)
      return [`── ${log}`, ...lines.slice(-linesShown)].join('\n')
    })
    return shown.join('\n')
  }

  /** SIGKILL ends it: what is in memory need not be saved. */
  #launch(program: string, args: readonly string[]): Promise<number | null> {
    const log = join(this.#folder, `${++this.#launched}-${program}.log`)
    this.#logs.add(log)
    const output = openSync(log, 'w')
    const child = spawn(program, [...args], {
      stdio: ['ignore', output, output],
      signal: this.#signal,
      killSignal: 'SIGKILL',
    })
    closeSync(output)
    const ended = new Promise<number | null>((resolve, reject) => {
      // the signal is an error too, but the program still runs for a moment then
      child.on('error', (error) => child.pid === undefined && reject(error))
      child.once('close', (code) => {
        if (code === 0) this.#logs.delete(log)
        resolve(code)
      })
    }).finally(() => this.#running.delete(ended))
    this.#running.add(ended)
    return ended
  }
}
