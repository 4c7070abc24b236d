import { unlessAborted } from './unless-aborted.ts'

type Waiter<Item, Answer> = { readonly item: Item; readonly answered: (answer: Promise<Answer>) => void }

/**
 * Turns a call that serves many items into one for each item: what is asked for in one moment, or while a call is on its way,
 * goes with the next call, up to `most` items. An item that its signal aborts before is left out, and rejects with the signal's reason.
 */
export function batching<Item, Answer>(
  call: (items: readonly Item[]) => Promise<(item: Item) => Answer>,
  most: number,
): (item: Item, signal: AbortSignal) => Promise<Answer> {
  let waiting: Waiter<Item, Answer>[] = []
  let isCalling = false

  async function callForAll(): Promise<void> {
    isCalling = true
    await Promise.resolve()
    while (waiting.length > 0) {
      const batch = waiting.slice(0, most)
      waiting = waiting.slice(most)
      const answers = call(batch.map(({ item }) => item))
      for (const { item, answered } of batch) answered(answers.then((answerTo) => answerTo(item)))
      await answers.catch(() => {})
    }
    isCalling = false
  }

  return async (item, signal) => {
    const { promise, resolve } = Promise.withResolvers<Answer>()
    const waiter = { item, answered: resolve }
    waiting.push(waiter)
    if (!isCalling) void callForAll()
    try {
      return await unlessAborted(promise, signal)
    } finally {
      waiting = waiting.filter((other) => other !== waiter)
    }
  }
}
