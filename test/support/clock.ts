/**
 * What a clock shows: at the real moment `since` (epoch ms) it was `offset` ms ahead of the real time, and from there it
 * runs `factor` times as fast.
 */
export type ClockSetting = { readonly offset: number; readonly factor: number; readonly since: number }

/** Ahead of the real time by so many ms (behind it, where negative), and from now on `factor` times as fast. */
export const ahead = (offset: number, factor = 1, real: () => number = Date.now): ClockSetting => ({
  offset,
  factor,
  since: real(),
})

/** A clock that a test sets. It shows whole epoch milliseconds. */
export type Clock = {
  readonly now: () => number
  readonly setting: () => ClockSetting
  /** Goes ahead by so many ms from what it shows now, or back by as many. */
  jump(milliseconds: number): void
  set(setting: ClockSetting): void
}

/** A clock that starts at the real time and runs `factor` times as fast: 720 makes a minute of 12 h. */
export function fastClock(factor: number, real: () => number = Date.now): Clock {
  let current = ahead(0, factor, real)
  return {
    now: () => Math.floor(current.since + current.offset + (real() - current.since) * current.factor),
    setting: () => current,
    jump(milliseconds) {
      current = { ...current, offset: current.offset + milliseconds }
    },
    set(setting) {
      current = setting
    },
  }
}

/** Makes `Date` of this process follow a clock for good: `Date.now()`, `new Date()` and `Date()`. Timers stay real. */
export function replaceDate(now: () => number): void {
  const RealDate = Date
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given, newTarget) => Reflect.construct(target, given.length === 0 ? [now()] : given, newTarget),
    apply: () => new RealDate(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
  RealDate.prototype.constructor = globalThis.Date
}
