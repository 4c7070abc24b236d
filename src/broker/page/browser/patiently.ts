import type { Answer, Trouble } from './answer.ts'

/** What passes by itself. */
const passing: ReadonlySet<Trouble> = new Set(['network', 'store_busy', 'unavailable', 'too_many_requests'])

const firstPause = 1_000
const longestPause = 30_000

/**
 * Repeats a step for as long as what hinders it passes by itself: after a pause that grows, with full jitter, and not
 * before the machine is online. `onTrouble` is told what it waits for, and null when it goes on.
 */
export const patiently = async <Value>(
  step: () => Promise<Answer<Value>>,
  signal: AbortSignal,
  onTrouble: (trouble: Trouble | null) => void,
): Promise<Answer<Value>> => {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await step()
    if (answer.ok || signal.aborted || !passing.has(answer.trouble)) {
      if (attempt > 0) onTrouble(null)
      return answer
    }
    onTrouble(answer.trouble)
    await pause(Math.random() * Math.min(longestPause, firstPause * 2 ** attempt), signal)
    if (!navigator.onLine) await event(window, 'online', signal)
  }
}

const pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
    window.addEventListener('online', end, { once: true })
  })

const event = (target: EventTarget, name: string, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    target.addEventListener(name, () => resolve(), { once: true })
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
