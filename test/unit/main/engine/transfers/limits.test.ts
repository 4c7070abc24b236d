import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Allowance, allowanceAt, Limits } from '../../../../../src/main/engine/transfers/limits.ts'
import { usualSettings } from '../../../../../src/shared/settings.ts'

const now = Date.parse('2026-11-22T10:00:00Z')
const noon = Date.parse('2026-11-22T12:00:00Z')
const megabyte = 1_000_000
const schedule = (limit: number) => [{ days: [7], from: '09:00', to: '12:00', limit }]
const awake = { asleep: false, onBattery: false }
const everything = { ...usualSettings, limit: megabyte, schedule: schedule(0), onlyOnMains: true }
const allowed = (settings: Partial<typeof everything>, machine = awake) =>
  allowanceAt({ ...usualSettings, ...settings }, machine, now, 'UTC')

it.each([
  { asleep: true, onBattery: true, rest: { kind: 'asleep', until: null } },
  { asleep: true, onBattery: false, rest: { kind: 'asleep', until: null } },
  { asleep: false, onBattery: true, rest: { kind: 'on_battery', until: null } },
  { asleep: false, onBattery: false, rest: { kind: 'schedule', until: noon } },
] as const)(
  'of several causes to rest the machine’s is spoken of: asleep $asleep, on battery $onBattery: $rest.kind',
  ({ rest, ...machine }) => {
    expect(allowed(everything, machine)).toEqual({ rest, limit: 0, until: noon })
  },
)

it('on battery everything goes on, unless that was not wanted', () => {
  const onBattery = { ...awake, onBattery: true }
  expect(allowed({}, onBattery).rest).toBeNull()
  expect(allowed({ onlyOnMains: true }, onBattery).rest).toEqual({ kind: 'on_battery', until: null })
  expect(allowed({ onlyOnMains: true }).rest).toBeNull()
})

it('a limit of the schedule is no rest, holds until the schedule says otherwise, and the stricter one counts', () => {
  expect(allowed({ schedule: schedule(2 * megabyte) })).toEqual({ rest: null, limit: 2 * megabyte, until: noon })
  expect(allowed({ schedule: schedule(2 * megabyte), limit: megabyte })).toMatchObject({ rest: null, limit: megabyte })
})

it('nothing limits what nobody limited', () => {
  expect(allowed({})).toEqual({ rest: null, limit: null, until: null })
})

describe('what is allowed from now on', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Ten seconds before noon by the clock on the wall of this machine, with no uploads until then. */
  function harness() {
    const settings = { ...usualSettings, schedule: schedule(0), onlyOnMains: true }
    const clock = { now: new Date(2026, 10, 22, 11, 59, 50).getTime() }
    const told: Allowance[] = []
    const limits = new Limits({
      settings: () => settings,
      now: () => clock.now,
      allow: (allowance) => told.push(allowance),
    })
    const pass = (ms: number) => {
      clock.now += ms
      vi.advanceTimersByTime(ms)
    }
    const rests = () => told.map(({ rest }) => rest?.kind ?? null)
    return { settings, clock, limits, pass, rests }
  }

  it('is told at once, and when the schedule lets it change', () => {
    const { pass, rests } = harness()
    expect(rests()).toEqual(['schedule'])
    pass(9_999)
    expect(rests()).toEqual(['schedule'])
    pass(1)
    expect(rests()).toEqual(['schedule', null])
  })

  it('follows what the machine tells, each by itself', () => {
    const { limits, pass, rests } = harness()
    pass(10_000)
    limits.machineIs({ onBattery: true })
    limits.machineIs({ asleep: true })
    limits.machineIs({ asleep: false })
    limits.machineIs({ onBattery: false })
    expect(rests().slice(2)).toEqual(['on_battery', 'asleep', 'on_battery', null])
  })

  it('follows the settings as soon as they are looked at again', () => {
    const { settings, limits, rests } = harness()
    settings.schedule = []
    limits.look()
    expect(rests()).toEqual(['schedule', null])
  })

  it('is found out within 30 s of a jump of the clock', () => {
    const { clock, pass, rests } = harness()
    pass(10_000)
    clock.now -= 3_600_000
    pass(29_999)
    expect(rests()).toEqual(['schedule', null])
    pass(1)
    expect(rests()).toEqual(['schedule', null, 'schedule'])
  })

  it('is looked at by nobody any more after the end', () => {
    const { limits } = harness()
    limits.end()
    expect(vi.getTimerCount()).toBe(0)
  })
})
