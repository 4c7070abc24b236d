import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export type Display = { readonly name: string; readonly close: () => Promise<void> }

/** A display without a screen (Xvfb), under a number that Xvfb finds free. Throws when Xvfb is missing. */
export async function openVirtualDisplay(): Promise<Display> {
  const xvfb = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1440x900x24', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise<void>((resolve) => {
    xvfb.once('close', () => resolve())
  })
  const number = await new Promise<string>((resolve, reject) => {
    xvfb.once('error', () => reject(new Error('Xvfb is missing.')))
    xvfb.once('close', (code) => reject(new Error(`Xvfb ended with code ${code} before it had a display.`)))
    createInterface({ input: xvfb.stdio[3] as NodeJS.ReadableStream }).once('line', resolve)
  })
  return {
    name: `:${number}`,
    close: () => {
      xvfb.kill()
      return ended
    },
  }
}
