import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TransferView } from '../../src/shared/transfer.ts'

const entry = join(import.meta.dirname, '../../src/main/engine/headless.ts')

export type HeadlessEngine = {
  /** Waits until a row that the engine announces, or its end, is as asked. */
  until(isSo: (row: TransferView) => boolean): Promise<void>
  /** As a power cut would: no goodbye. */
  kill(): Promise<void>
  /** Its exit code, once it has nothing left to do. */
  ended(): Promise<number | null>
}

/** An engine in a process of its own, as from a terminal. */
export function startHeadless(
  { brokerUrl, token }: { readonly brokerUrl: string; readonly token: string },
  profile: string,
  paths: readonly string[],
): HeadlessEngine {
  const child: ChildProcess = spawn(process.execPath, [entry, '--broker', brokerUrl, '--profile', profile, ...paths], {
    env: { ...process.env, LONGSHORE_TOKEN: token },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const latest = new Map<string, TransferView>()
  const listeners = new Set<() => void>()
  if (child.stdout === null) throw new Error('no output to read')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { event, payload } = JSON.parse(line) as { event?: string; payload?: { rows: TransferView[] } }
    if (event !== 'transfers.changed') return
    for (const row of payload?.rows ?? []) latest.set(row.id, row)
    for (const listener of listeners) listener()
  })
  return {
    until: (isSo) =>
      new Promise((resolve, reject) => {
        const listener = () => {
          if (![...latest.values()].some(isSo)) return
          listeners.delete(listener)
          resolve()
        }
        listeners.add(listener)
        listener()
        void exited.then((code) => reject(new Error(`the engine ended with ${code} before that`)))
      }),
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
    ended: () => exited,
  }
}
