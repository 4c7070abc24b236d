import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

export type Measured = {
  /** From its start to its end. */
  readonly seconds: number
  /** User and system time of the process and of what it started. */
  readonly cpuSeconds: number
  /** The most memory it had at once (`VmHWM`), looked at every 20 ms: the last moments may be missing. */
  readonly peakBytes: number
}

const betweenLooks = 20
/** Times in /proc are in hundredths of a second on every Linux (`USER_HZ`). */
const ticksPerSecond = 100

/**
 * Runs a command to its end and says what it took. One at a time: Linux adds the CPU time of a child to its parent's when the
 * child has ended, and by that difference it is known. Throws what it said on standard error where it fails.
 */
export async function measureProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Measured> {
  const cpuBefore = cpuSecondsOf('self').ofEndedChildren
  const started = performance.now()
  const child = spawn(command, [...args], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  let lastWords = ''
  child.stderr.on('data', (piece: Buffer) => {
    lastWords = (lastWords + piece.toString()).slice(-4_000)
  })
  let peakBytes = 0
  const looking = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid ?? 0))
  }, betweenLooks)
  const { code, seconds } = await new Promise<{ code: number | null; seconds: number }>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, seconds: (performance.now() - started) / 1_000 }))
  }).finally(() => {
    clearInterval(looking)
    process.off('exit', killWithUs)
  })
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}\n${lastWords}`)
  return { seconds, cpuSeconds: cpuSecondsOf('self').ofEndedChildren - cpuBefore, peakBytes }
}

/** CPU seconds (user and system) of a process so far, and of its children that have ended. Throws where it does not run. */
export function cpuSecondsOf(pid: number | 'self'): { readonly own: number; readonly ofEndedChildren: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name in parentheses may hold anything; fields are numbered as in proc_pid_stat(5), and after it comes the third.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const seconds = (field: number) => Number(fields[field - 3]) / ticksPerSecond
  return { own: seconds(14) + seconds(15), ofEndedChildren: seconds(16) + seconds(17) }
}

/** Runs work of this process and of children that end with it, and says how many cores all others used meanwhile. */
export async function amongOthers<Value>(
  work: () => Promise<Value>,
): Promise<{ readonly value: Value; readonly othersCores: number }> {
  const cpuSeconds = () => {
    const { own, ofEndedChildren } = cpuSecondsOf('self')
    const busy = cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0) / 1_000
    return busy - own - ofEndedChildren
  }
  const [started, before] = [performance.now(), cpuSeconds()]
  const value = await work()
  const seconds = (performance.now() - started) / 1_000
  return { value, othersCores: Math.max(0, cpuSeconds() - before) / seconds }
}

/** The most memory that a process had at once so far, in bytes; 0 where it has ended. */
export function peakOf(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}
