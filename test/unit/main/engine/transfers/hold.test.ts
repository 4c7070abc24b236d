import { describe, expect, it } from 'vitest'
import { Hold } from '../../../../../src/main/engine/transfers/hold.ts'
import type { FailureKind } from '../../../../../src/shared/failure.ts'

function holdUnder(clock: { now: number }, random = 0): Hold {
  return new Hold(
    () => clock.now,
    () => random,
  )
}
const held = (kind: FailureKind) => {
  const hold = holdUnder({ now: 1_000 })
  hold.begin(kind)
  return hold
}

describe('the queue’s hold', () => {
  it('is not there until something begins it', () => {
    const hold = holdUnder({ now: 1_000 })
    hold.tryNow()
    expect({ cause: hold.cause, until: hold.until }).toEqual({ cause: null, until: null })
  })

  it('says since when, and tries again after 2 to 4.5 s', () => {
    const clock = { now: 1_000 }
    for (const [random, until] of [
      [0, 3_000],
      [1, 5_500],
    ] as const) {
      const hold = holdUnder(clock, random)
      hold.begin('offline')
      expect({ cause: hold.cause, until: hold.until }).toEqual({ cause: { kind: 'offline', since: 1_000 }, until })
    }
  })

  it('keeps its beginning however often it is tried in vain', () => {
    const clock = { now: 1_000 }
    const hold = holdUnder(clock)
    hold.begin('offline')
    clock.now = 60_000
    hold.begin('offline')
    expect({ cause: hold.cause, until: hold.until }).toEqual({
      cause: { kind: 'offline', since: 1_000 },
      until: 62_000,
    })
  })

  it('begins anew with another cause', () => {
    const clock = { now: 1_000 }
    const hold = holdUnder(clock)
    hold.begin('offline')
    clock.now = 2_000
    hold.begin('broker_unreachable')
    expect(hold.cause).toEqual({ kind: 'broker_unreachable', since: 2_000 })
  })

  it('may be tried at once, and stays until something works', () => {
    const clock = { now: 1_000 }
    const hold = holdUnder(clock)
    hold.begin('offline')
    clock.now = 1_500
    hold.tryNow()
    expect({ cause: hold.cause, until: hold.until }).toEqual({ cause: { kind: 'offline', since: 1_000 }, until: 1_500 })
  })

  it('never lasts longer than its wait, though the clock is set back meanwhile', () => {
    const clock = { now: 7_200_000 }
    const hold = holdUnder(clock)
    hold.begin('offline')
    clock.now = 0
    expect(hold.until).toBeLessThanOrEqual(4_500)
  })

  it.each([
    { cause: 'broker_unreachable', broker: true, store: false },
    { cause: 'broker_answer_invalid', broker: true, store: false },
    { cause: 'signed_out', broker: true, store: false },
    { cause: 'offline', broker: false, store: true },
    { cause: 'clock_skew', broker: false, store: true },
    { cause: 'disk_full', broker: false, store: true },
  ] as const)('for $cause ends by an answer of the broker: $broker, of the store: $store', (expected) => {
    const byBroker = held(expected.cause)
    byBroker.brokerAnswered()
    const byStore = held(expected.cause)
    byStore.storeAnswered()
    expect({ broker: byBroker.cause === null, store: byStore.cause === null }).toEqual({
      broker: expected.broker,
      store: expected.store,
    })
  })

  it('ends at once for another person', () => {
    const hold = held('signed_out')
    hold.end()
    expect(hold.until).toBeNull()
  })
})
