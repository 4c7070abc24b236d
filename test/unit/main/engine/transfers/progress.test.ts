import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Progress } from '../../../../../src/main/engine/transfers/progress.ts'

const size = 1_000

/** One transfer of 1,000 bytes under a clock that the test turns. */
function uploading(acknowledged = 0) {
  const clock = { now: 0 }
  const progress = new Progress(() => clock.now)
  progress.begin(1, 'a', size, 'preparing', 0)
  progress.uploading(1, acknowledged)
  return { clock, progress }
}
/** A part that is read, leaves and is acknowledged at once. */
function pass(progress: Progress, id: number, partNumber: number, bytes: number) {
  progress.read(id, partNumber, bytes)
  progress.sent(id, partNumber, bytes)
  progress.acknowledged(id, partNumber, bytes)
}
const numbersOf = (progress: Progress) =>
  progress.all().map(({ read, acknowledged, inFlight }) => ({ read, acknowledged, inFlight }))

describe('the live numbers of a transfer', () => {
  it('begin with what it is doing, and end with its run', () => {
    const progress = new Progress(() => 0)
    progress.begin(1, 'a', size, 'preparing', 0)
    expect(progress.activityOf(1)).toBe('preparing')
    expect(progress.all()).toEqual([
      { id: 'a', activity: 'preparing', read: 0, acknowledged: 0, inFlight: 0, bytesPerSecond: 0, secondsLeft: null },
    ])
    progress.end(1)
    expect([progress.activityOf(1), progress.all()]).toEqual([null, []])
  })

  it('go on from what S3 had already', () => {
    expect(numbersOf(uploading(400).progress)).toEqual([{ read: 400, acknowledged: 400, inFlight: 0 }])
  })

  it('tell what was read from what left the process, and that from what S3 has', () => {
    const { progress } = uploading()
    for (const partNumber of [1, 2]) progress.read(1, partNumber, 300)
    expect(numbersOf(progress)).toEqual([{ read: 600, acknowledged: 0, inFlight: 0 }])
    progress.sent(1, 1, 100)
    progress.sent(1, 2, 50)
    progress.sent(1, 2, 60)
    expect(numbersOf(progress)).toEqual([{ read: 600, acknowledged: 0, inFlight: 160 }])
    progress.acknowledged(1, 1, 300)
    expect(numbersOf(progress)).toEqual([{ read: 600, acknowledged: 300, inFlight: 60 }])
  })

  it('take back what was read and sent in vain, never what was acknowledged', () => {
    const { progress } = uploading()
    for (const partNumber of [1, 2]) progress.read(1, partNumber, 300)
    progress.sent(1, 1, 100)
    progress.acknowledged(1, 1, 300)
    progress.lost(1, 1)
    progress.sent(1, 2, 80)
    progress.lost(1, 2)
    expect(numbersOf(progress)).toEqual([{ read: 300, acknowledged: 300, inFlight: 0 }])
  })

  it('count a part that is read anew once', () => {
    const { progress } = uploading()
    for (const _ of [1, 2]) progress.read(1, 1, 300)
    expect(numbersOf(progress)).toEqual([{ read: 300, acknowledged: 0, inFlight: 0 }])
  })

  it('never claim more than was read, nor more than there is, whatever becomes of the parts', () => {
    const bytes = 100
    const fate = fc.record({ sent: fc.array(fc.nat(bytes)), end: fc.constantFrom('acknowledged', 'lost', null) })
    fc.assert(
      fc.property(fc.array(fate, { maxLength: size / bytes }), (fates) => {
        const { progress } = uploading()
        for (const [index, { sent, end }] of fates.entries()) {
          progress.read(1, index + 1, bytes)
          for (const count of sent) progress.sent(1, index + 1, count)
          if (end === 'acknowledged') progress.acknowledged(1, index + 1, bytes)
          if (end === 'lost') progress.lost(1, index + 1)
        }
        const [numbers] = numbersOf(progress)
        if (numbers === undefined) throw new Error('the transfer runs')
        expect(numbers.read).toBeGreaterThanOrEqual(numbers.acknowledged + numbers.inFlight)
        expect(numbers.read).toBeLessThanOrEqual(size)
      }),
    )
  })

  it('are all there while the store joins the parts', () => {
    const { progress } = uploading(900)
    progress.read(1, 3, 100)
    progress.sent(1, 3, 100)
    progress.finishing(1)
    expect([progress.activityOf(1), numbersOf(progress)]).toEqual([
      'finishing',
      [{ read: size, acknowledged: size, inFlight: 0 }],
    ])
  })

  it('have a speed and a time left', () => {
    const { clock, progress } = uploading()
    for (clock.now = 1_000; clock.now <= 5_000; clock.now += 1_000) pass(progress, 1, clock.now, 100)
    clock.now = 5_000
    expect(progress.all()).toMatchObject([{ acknowledged: 500, bytesPerSecond: 100, secondsLeft: 5 }])
  })

  it('have the speed of what leaves, though no part is acknowledged yet, and of a part that is sent again', () => {
    const { clock, progress } = uploading()
    for (clock.now = 1_000; clock.now < 10_000; clock.now += 1_000) progress.sent(1, 1, clock.now / 10)
    progress.sent(1, 1, 0)
    progress.sent(1, 1, 100)
    expect(progress.all()).toMatchObject([{ acknowledged: 0, inFlight: 100, bytesPerSecond: 100 }])
  })

  it('ignore what is told of a transfer that does not run', () => {
    const progress = new Progress(() => 0)
    progress.read(1, 1, 10)
    progress.sent(1, 1, 10)
    progress.acknowledged(1, 1, 10)
    progress.finishing(1)
    expect([progress.all(), progress.total(0)]).toEqual([[], { inFlight: 0, bytesPerSecond: 0, secondsLeft: null }])
  })
})

describe('the numbers of the whole queue', () => {
  it('sum those of all transfers, and count what is not begun yet to the time left', () => {
    const { clock, progress } = uploading()
    progress.begin(2, 'b', size, 'preparing', 0)
    for (clock.now = 1_000; clock.now <= 5_000; clock.now += 1_000) {
      pass(progress, 1, clock.now, 100)
      pass(progress, 2, clock.now, 100)
    }
    clock.now = 5_000
    expect(progress.total(20_000)).toEqual({ inFlight: 0, bytesPerSecond: 200, secondsLeft: 100 })
    progress.sent(1, 9, 400)
    progress.sent(2, 9, 600)
    expect(progress.total(20_000)).toMatchObject({ inFlight: 1_000, bytesPerSecond: 400 })
  })

  it('stay while one transfer follows another, though for a moment none runs', () => {
    const { clock, progress } = uploading()
    for (clock.now = 1_000; clock.now <= 5_000; clock.now += 1_000) pass(progress, 1, clock.now, 100)
    clock.now = 5_000
    progress.end(1)
    progress.begin(2, 'b', size, 'preparing', 0)
    expect(progress.total(0).bytesPerSecond).toBe(100)
  })

  it('begin anew after a rest, so that the rest does not count as slowness', () => {
    const { clock, progress } = uploading()
    clock.now = 1_000
    pass(progress, 1, 1, 100)
    progress.end(1)
    clock.now = 3_600_000
    progress.begin(2, 'b', size, 'preparing', 0)
    pass(progress, 2, 1, 300)
    clock.now += 2_000
    expect(progress.total(0).bytesPerSecond).toBe(150)
  })
})
