import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export type ServiceProcess<Ready> = {
  /** What the service said when it was ready. */
  readonly ready: Ready
  readonly pid: number
  /** Asks it to end, insists after 5 s, and resolves when it is gone. */
  readonly end: () => Promise<void>
}

const insistAfter = 5_000

/**
 * Starts a service of this repository: a script that prints one line of JSON when it is ready. Throws with the end of what it
 * said on standard error when it ends before that.
 */
export async function startServiceProcess<Ready>(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess<Ready>> {
  const child = spawn(process.execPath, [script, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let lastWords = ''
  child.stderr.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString()).slice(-4_000)
  })
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
  })
  const killWithUs = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', killWithUs)
  void gone.then(() => process.off('exit', killWithUs))

  const line = await new Promise<string>((resolve, reject) => {
    const lines = createInterface({ input: child.stdout })
    lines.once('line', resolve)
    void gone.then(() => reject(new Error(`${script} ended before it was ready.\n${lastWords}`)))
  })
  child.stdout.resume()
  return {
    ready: JSON.parse(line) as Ready,
    pid: child.pid ?? 0,
    end: async () => {
      child.kill('SIGTERM')
      const insist = setTimeout(killWithUs, insistAfter)
      await gone
      clearTimeout(insist)
    },
  }
}
