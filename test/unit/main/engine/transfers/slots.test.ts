import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Slot, Slots } from '../../../../../src/main/engine/transfers/slots.ts'

const usual = 16
const ever = new AbortController().signal

/** The slot if it is there already, null if it must be waited for. */
async function now(taken: Promise<Slot>): Promise<Slot | null> {
  let slot: Slot | null = null
  taken.then((granted) => {
    slot = granted
  })
  await new Promise(setImmediate)
  return slot
}

async function take(slots: Slots, count: number, bytes = usual): Promise<readonly Slot[]> {
  return Promise.all(Array.from({ length: count }, () => slots.take(0, bytes, ever)))
}

describe('slots', () => {
  it('are as many as was said, and each has a buffer of exactly the asked length', async () => {
    const slots = new Slots(2, usual)
    const [first, second] = await Promise.all([slots.take(0, 16, ever), slots.take(0, 5, ever)])
    const third = slots.take(0, 0, ever)
    expect([first.buffer.length, second.buffer.length, await now(third)]).toEqual([16, 5, null])
    first.release()
    expect((await third).buffer.length).toBe(0)
  })

  it('go to the highest priority first, and among equals to the one that waits longest', async () => {
    const slots = new Slots(1, usual)
    const [busy] = await take(slots, 1)
    const served: string[] = []
    const wait = async (name: string, priority: number) => {
      const slot = await slots.take(priority, usual, ever)
      served.push(name)
      slot.release()
    }
    const all = [wait('a', 0), wait('b', 0), wait('first', 9), wait('c', 0), wait('second', 9)]
    busy?.release()
    await Promise.all(all)
    expect(served).toEqual(['first', 'second', 'a', 'b', 'c'])
  })

  it('let transfers of equal priority take turns, however many parts each has', async () => {
    const slots = new Slots(1, usual)
    const [busy] = await take(slots, 1)
    const served: string[] = []
    const transfer = async (name: string) => {
      for (let part = 1; part <= 3; part += 1) {
        const slot = await slots.take(0, usual, ever)
        served.push(`${name}${part}`)
        setImmediate(slot.release)
      }
    }
    const all = [transfer('a'), transfer('b')]
    busy?.release()
    await Promise.all(all)
    expect(served).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
  })

  it('have a part that is larger than all of the memory alone, and keep its turn for it', async () => {
    const slots = new Slots(2, usual)
    const [first, second] = await take(slots, 2)
    const large = slots.take(0, 3 * usual, ever)
    const small = slots.take(0, 1, ever)
    first?.release()
    expect([await now(large), await now(small)]).toEqual([null, null])
    second?.release()
    const alone = await large
    expect([alone.buffer.length, await now(small)]).toEqual([3 * usual, null])
    alone.release()
    expect(await now(small)).not.toBeNull()
  })

  it('count what a part’s buffer really holds: next to a large part a small one may not fit', async () => {
    const slots = new Slots(3, usual)
    await slots.take(0, 2 * usual + 1, ever)
    expect(await now(slots.take(0, 1, ever))).toBeNull()
  })

  it('keep no idle memory beside a large part', async () => {
    const slots = new Slots(2, usual)
    const [first] = await take(slots, 1)
    first?.release()
    const large = await slots.take(0, 2 * usual, ever)
    large.release()
    const [next] = await take(slots, 1)
    expect(next?.buffer.buffer).not.toBe(first?.buffer.buffer)
  })

  it('use the memory of a part that is done for the next one, until they rest', async () => {
    const slots = new Slots(1, usual)
    const memories: ArrayBufferLike[] = []
    for (let part = 0; part < 3; part += 1) {
      const slot = await slots.take(0, usual, ever)
      memories.push(slot.buffer.buffer)
      slot.release()
      if (part === 1) slots.rest()
    }
    expect([memories[1] === memories[0], memories[2] === memories[1]]).toEqual([true, false])
  })

  it('are free once after a release, however often it is called', async () => {
    const slots = new Slots(1, usual)
    const [slot] = await take(slots, 1)
    slot?.release()
    slot?.release()
    await slots.take(0, usual, ever)
    expect(await now(slots.take(0, usual, ever))).toBeNull()
  })

  it('are more at once after a resize to more; after one to fewer, those on the wire are left alone', async () => {
    const slots = new Slots(1, usual)
    const [first] = await take(slots, 1)
    const second = slots.take(0, usual, ever)
    slots.resize(2)
    const granted = await second
    slots.resize(1)
    const third = slots.take(0, usual, ever)
    first?.release()
    expect(await now(third)).toBeNull()
    granted.release()
    expect(await now(third)).not.toBeNull()
  })
})

describe('a wait for a slot', () => {
  it('ends with the signal’s reason, and those behind move up', async () => {
    const slots = new Slots(2, usual)
    const [first] = await take(slots, 1)
    const controller = new AbortController()
    const large = slots.take(0, 4 * usual, controller.signal)
    const behind = slots.take(0, 1, ever)
    expect(await now(behind)).toBeNull()
    controller.abort(new Error('paused'))
    await expect(large).rejects.toThrow('paused')
    expect((await behind).buffer.length).toBe(1)
    first?.release()
  })

  it('is refused at once where the signal is aborted already', async () => {
    const slots = new Slots(1, usual)
    const waiting = async () => slots.take(0, usual, AbortSignal.abort(new Error('paused')))
    await expect(waiting()).rejects.toThrow('paused')
    expect(await now(slots.take(0, usual, ever))).not.toBeNull()
  })

  it('leaves the slot to its holder where the signal aborts after it was given', async () => {
    const slots = new Slots(1, usual)
    const controller = new AbortController()
    const slot = await slots.take(0, usual, controller.signal)
    controller.abort()
    const next = slots.take(0, usual, ever)
    expect(await now(next)).toBeNull()
    slot.release()
    expect(await now(next)).not.toBeNull()
  })
})

type Step =
  | { readonly take: number; readonly priority: number }
  | { readonly release: number }
  | { readonly giveUp: number }
  | { readonly resize: number }
type Asked = { readonly id: number; readonly priority: number; readonly bytes: number }

/** What must be held and what must wait, told plainly. */
class Model {
  readonly held = new Map<number, Asked>()
  waiting: Asked[] = []
  count: number

  constructor(count: number) {
    this.count = count
  }

  serve(): void {
    for (;;) {
      const best = this.waiting.toSorted((a, b) => b.priority - a.priority || a.id - b.id)[0]
      if (best === undefined) return
      const memory = [...this.held.values(), best].reduce((sum, { bytes }) => sum + Math.max(bytes, usual), 0)
      if (this.held.size > 0 && (this.held.size >= this.count || memory > this.count * usual)) return
      this.leave(best.id)
      this.held.set(best.id, best)
    }
  }

  leave(id: number): void {
    this.waiting = this.waiting.filter((asked) => asked.id !== id)
  }
}

it('whatever is taken, released, given up and resized: the right ones hold slots, and no two share memory', async () => {
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ take: fc.nat({ max: 3 * usual }), priority: fc.nat({ max: 2 }) }) },
    { weight: 3, arbitrary: fc.record({ release: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ giveUp: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ resize: fc.integer({ min: 1, max: 5 }) }) },
  )
  const run = async (count: number, steps: readonly Step[]) => {
    const slots = new Slots(count, usual)
    const model = new Model(count)
    const held = new Map<number, Slot>()
    const controllers = new Map<number, AbortController>()
    for (const [id, step] of steps.entries()) {
      if ('take' in step) {
        const controller = new AbortController()
        controllers.set(id, controller)
        slots.take(step.priority, step.take, controller.signal).then(
          (slot) => held.set(id, slot),
          () => undefined,
        )
        model.waiting.push({ id, priority: step.priority, bytes: step.take })
      } else if ('release' in step) {
        const [released, slot] = [...held][step.release % Math.max(1, held.size)] ?? []
        if (released !== undefined) {
          slot?.release()
          held.delete(released)
          model.held.delete(released)
        }
      } else if ('giveUp' in step) {
        const left = model.waiting[step.giveUp % Math.max(1, model.waiting.length)]
        if (left !== undefined) {
          controllers.get(left.id)?.abort()
          model.leave(left.id)
        }
      } else {
        slots.resize(step.resize)
        model.count = step.resize
      }
      model.serve()
      await new Promise(setImmediate)
      expect([...held.keys()].toSorted()).toEqual([...model.held.keys()].toSorted())
      expect(new Set([...held.values()].map(({ buffer }) => buffer.buffer)).size).toBe(held.size)
      for (const [id, { buffer }] of held) expect(buffer.length).toBe(model.held.get(id)?.bytes)
    }
  }
  await fc.assert(fc.asyncProperty(fc.integer({ min: 1, max: 4 }), fc.array(step, { maxLength: 40 }), run), {
    numRuns: 200,
  })
})
