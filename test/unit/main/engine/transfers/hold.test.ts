import { describe, expect, it } from 'vitest'
import { Holds, type Scope, scopeOf, storeScope } from '../../../../../src/main/engine/transfers/hold.ts'
import type { FailureKind } from '../../../../../src/shared/failure.ts'

const here = storeScope('http://here')
const there = storeScope('http://there')

function holdsUnder(clock: { now: number }, random = 0): Holds {
  return new Holds(
    () => clock.now,
    () => random,
  )
}
/** Causes that began at 1,000, in this order. */
function holdsOf(...causes: readonly (readonly [Scope, FailureKind])[]): Holds {
  const holds = holdsUnder({ now: 1_000 })
  for (const [scope, kind] of causes) holds.begin(scope, kind)
  return holds
}

describe('what a failure keeps waiting', () => {
  it.each([
    { kind: 'broker_unreachable', atStore: 'broker', atBroker: 'broker' },
    { kind: 'broker_answer_invalid', atStore: 'broker', atBroker: 'broker' },
    { kind: 'signed_out', atStore: 'broker', atBroker: 'broker' },
    { kind: 'offline', atStore: here, atBroker: 'broker' },
    { kind: 'clock_skew', atStore: here, atBroker: 'broker' },
    { kind: 'certificate_untrusted', atStore: here, atBroker: 'broker' },
    { kind: 'disk_full', atStore: 'all', atBroker: 'all' },
    { kind: 'too_many_open_files', atStore: 'all', atBroker: 'all' },
  ] as const)('$kind on the way to a store: $atStore, to the broker: $atBroker', ({ kind, atStore, atBroker }) => {
    expect([scopeOf(kind, 'http://here'), scopeOf(kind, null)]).toEqual([atStore, atBroker])
  })
})

describe('a hold', () => {
  it('is not there until something begins it', () => {
    const holds = holdsUnder({ now: 1_000 })
    holds.tryNow()
    expect([holds.cause, holds.stores, holds.has('all'), holds.waitOf('all'), holds.nextTry]).toEqual([
      ...[null, [], false, 0, null],
    ])
  })

  it.each([
    { random: 0, retryAfter: null, wait: 2_000 },
    { random: 1, retryAfter: null, wait: 4_500 },
    { random: 0, retryAfter: 60_000, wait: 60_000 },
    { random: 1, retryAfter: 3_000, wait: 4_500 },
    { random: 0, retryAfter: 86_400_000, wait: 300_000 },
  ])('says since when, and waits $wait ms (random $random, Retry-After $retryAfter)', (given) => {
    const clock = { now: 1_000 }
    const holds = holdsUnder(clock, given.random)
    holds.begin('broker', 'broker_unreachable', given.retryAfter)
    expect(holds.cause).toEqual({ kind: 'broker_unreachable', since: 1_000 })
    expect([holds.waitOf('broker'), holds.nextTry]).toEqual([given.wait, given.wait])
    clock.now += given.wait
    expect([holds.has('broker'), holds.waitOf('broker'), holds.nextTry]).toEqual([true, 0, null])
  })

  it('keeps its beginning however often it is tried in vain', () => {
    const clock = { now: 1_000 }
    const holds = holdsUnder(clock)
    holds.begin('all', 'offline')
    clock.now = 60_000
    holds.begin('all', 'offline')
    expect([holds.cause, holds.waitOf('all')]).toEqual([{ kind: 'offline', since: 1_000 }, 2_000])
  })

  it('begins anew with another cause', () => {
    const clock = { now: 1_000 }
    const holds = holdsUnder(clock)
    holds.begin('broker', 'signed_out')
    clock.now = 2_000
    holds.begin('broker', 'broker_unreachable')
    expect(holds.cause).toEqual({ kind: 'broker_unreachable', since: 2_000 })
  })

  it('may be tried at once, and stays with its beginning until something works', () => {
    const clock = { now: 1_000 }
    const holds = holdsUnder(clock)
    holds.begin('all', 'offline')
    holds.begin(here, 'clock_skew')
    clock.now = 1_500
    holds.tryNow()
    expect([holds.waitOf('all'), holds.waitOf(here), holds.nextTry]).toEqual([0, 0, null])
    expect(holds.cause).toEqual({ kind: 'offline', since: 1_000 })
  })

  it.each([1, 5_000, 240_000, 7_200_000])(
    'is tried at once where the clock is set back meanwhile, by %d ms: it knows nothing of the wait',
    (back) => {
      const clock = { now: 7_200_000 }
      const holds = holdsUnder(clock)
      holds.begin('all', 'offline')
      clock.now -= back
      expect([holds.waitOf('all'), holds.nextTry]).toEqual([0, null])
    },
  )

  it('never waits longer than the delay that was drawn, whatever the clock does', () => {
    const clock = { now: 1_000_000 }
    const holds = holdsUnder(clock, 1)
    holds.begin('all', 'offline')
    for (const now of [1_000_500, 1_000_100, 1_003_000, 1_000_001, 999_999, 0, 2_000_000]) {
      clock.now = now
      expect(holds.waitOf('all')).toBeLessThanOrEqual(4_500)
    }
  })

  it('is tried when the first of several waits is over', () => {
    const clock = { now: 1_000 }
    const holds = holdsUnder(clock)
    holds.begin(here, 'offline')
    clock.now = 2_000
    holds.begin(there, 'offline')
    holds.begin('broker', 'broker_unreachable', 60_000)
    expect(holds.nextTry).toBe(1_000)
    clock.now = 3_000
    expect(holds.nextTry).toBe(1_000)
  })
})

describe('of several holds', () => {
  it('the one that keeps the most waiting is spoken of', () => {
    const holds = holdsOf([here, 'clock_skew'], ['broker', 'signed_out'], ['all', 'disk_full'])
    const spokenOf = (['all', 'broker'] as const).map((scope) => {
      const { cause } = holds
      holds.end(scope)
      return cause?.kind
    })
    expect([...spokenOf, holds.cause?.kind]).toEqual(['disk_full', 'signed_out', 'clock_skew'])
  })

  it('those of stores are known by the stores’ addresses', () => {
    expect(holdsOf(['broker', 'signed_out'], [here, 'offline'], [there, 'offline']).stores).toEqual([
      'http://here',
      'http://there',
    ])
  })

  it('each ends by itself: an answer from one side says nothing of the others', () => {
    const holds = holdsOf(['broker', 'broker_unreachable'], [here, 'offline'], [there, 'offline'])
    expect([holds.end(here), holds.end(here)]).toEqual([true, false])
    expect([holds.has('broker'), holds.stores]).toEqual([true, ['http://there']])
    expect([holds.end('broker'), holds.stores]).toEqual([true, ['http://there']])
  })

  it.each([
    { kind: 'offline', ends: true },
    { kind: 'disk_full', ends: false },
    { kind: 'too_many_open_files', ends: false },
  ] as const)('an answer from anywhere ends “$kind” of everything: $ends', ({ kind, ends }) => {
    for (const scope of ['broker', here] as const) {
      const holds = holdsOf(['all', kind])
      expect([holds.end(scope), holds.has('all')]).toEqual([ends, !ends])
    }
  })

  it('none is left for another person', () => {
    const holds = holdsOf(['broker', 'signed_out'], ['all', 'offline'], [here, 'offline'])
    holds.clear()
    expect([holds.cause, holds.stores, holds.nextTry]).toEqual([null, [], null])
  })
})
