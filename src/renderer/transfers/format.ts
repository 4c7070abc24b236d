/** The facts of a transfer as text that never claims more than is so. Sizes are bytes, decimal units (1 GB = 10⁹ B). */

export type ByteUnit = 'B' | 'kB' | 'MB' | 'GB' | 'TB'
export type Measure = { readonly value: string; readonly unit: ByteUnit }
export type StoredOf = { readonly stored: string; readonly size: string; readonly unit: ByteUnit }

type Scale = { readonly unit: ByteUnit; readonly bytes: number; readonly decimals: number }
type Rounding = 'halfExpand' | 'trunc'

const byteScale: Scale = { unit: 'B', bytes: 1, decimals: 0 }
const scales: readonly Scale[] = [
  byteScale,
  { unit: 'kB', bytes: 1e3, decimals: 0 },
  { unit: 'MB', bytes: 1e6, decimals: 1 },
  { unit: 'GB', bytes: 1e9, decimals: 2 },
  { unit: 'TB', bytes: 1e12, decimals: 3 },
]

/** The largest scale of which there is at least one; 999,999 B is 1.0 MB and never 1000 kB. */
const scaleOf = (bytes: number): Scale =>
  scales.findLast(
    ({ bytes: one }, index) =>
      bytes >= one || (index > 0 && Math.round(bytes / (scales[index - 1]?.bytes ?? 1)) >= 1e3),
  ) ?? byteScale

/**
 * How much is stored, in percent with two decimals, rounded down. Never more than 99.99: that all bytes are
 * acknowledged is not yet the proof that the object is whole.
 */
export const percentStored = (acknowledged: number, size: number): number => {
  if (size <= 0) return 0
  const hundredths = Number((BigInt(Math.floor(acknowledged)) * 10_000n) / BigInt(Math.ceil(size)))
  return Math.min(hundredths, 9_999) / 100
}

export type TimeLeft =
  | { readonly unit: 'seconds'; readonly seconds: number }
  | { readonly unit: 'minutes'; readonly minutes: number }
  | { readonly unit: 'hours'; readonly hours: number; readonly minutes: number }
  | { readonly unit: 'days'; readonly days: number }

/** An estimate in honest steps: 10 s below a minute, minutes below an hour, 5 min below 48 h, then days. */
export const timeLeft = (seconds: number): TimeLeft => {
  const tens = Math.max(10, Math.round(seconds / 10) * 10)
  if (tens < 60) return { unit: 'seconds', seconds: tens }
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return { unit: 'minutes', minutes: Math.max(1, minutes) }
  const fives = Math.round(seconds / 300) * 5
  if (fives < 48 * 60) return { unit: 'hours', hours: Math.floor(fives / 60), minutes: fives % 60 }
  return { unit: 'days', days: Math.round(seconds / 86_400) }
}

/** All numbers of the page in the ways of one language (a BCP 47 tag). */
export type Formats = {
  readonly count: (count: number) => string
  readonly percent: (percent: number) => string
  readonly exactBytes: (bytes: number) => string
  readonly size: (bytes: number) => Measure
  /** The same to be said in a sentence: 212.00 is 212. */
  readonly sizeSpoken: (bytes: number) => Measure
  /** Both in the unit of the size; what is stored is rounded down until it is all of it. */
  readonly storedOf: (acknowledged: number, size: number) => StoredOf
  /** The same to be spoken: 48.00 is 48. */
  readonly storedOfSpoken: (acknowledged: number, size: number) => StoredOf
  /** At least MB a second, so that the unit does not flicker while an upload starts. */
  readonly rate: (bytesPerSecond: number) => Measure
  /** Two digits of a speed in bits: 150 MB/s are about 1.2 Gbit/s. */
  readonly bitRate: (bytesPerSecond: number) => { readonly value: string; readonly unit: 'kbit' | 'Mbit' | 'Gbit' }
  readonly time: (epochMs: number) => string
  readonly day: (epochMs: number) => string
  /** The day of the week and the time, "Saturday 14:32". */
  readonly dayTime: (epochMs: number) => string
  /** The name of an ISO day of the week, 1 being Monday. */
  readonly weekday: (isoDay: number, length: 'long' | 'short') => string
}

/** Makes the formats of a language; the `Intl` objects in it are costly, so make it once. */
export const createFormats = (language: string): Formats => {
  const made = new Map<string, Intl.NumberFormat>()
  const number = (value: number, decimals: number, rounding: Rounding, spoken = false): string => {
    const key = `${decimals} ${rounding} ${spoken}`
    const known =
      made.get(key) ??
      new Intl.NumberFormat(language, {
        minimumFractionDigits: spoken ? 0 : decimals,
        maximumFractionDigits: decimals,
        roundingMode: rounding,
      })
    made.set(key, known)
    return known.format(value)
  }
  const twoDigits = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 })
  const time = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit' })
  const day = new Intl.DateTimeFormat(language, { day: 'numeric', month: 'short' })
  const dayTime = new Intl.DateTimeFormat(language, { weekday: 'long', hour: '2-digit', minute: '2-digit' })
  const weekdays = {
    long: new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }),
    short: new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }),
  }

  const storedOf = (acknowledged: number, size: number, spoken: boolean): StoredOf => {
    const { unit, bytes, decimals } = scaleOf(size)
    const rounding = acknowledged < size ? 'trunc' : 'halfExpand'
    return {
      stored: number(acknowledged / bytes, decimals, rounding, spoken),
      size: number(size / bytes, decimals, 'halfExpand', spoken),
      unit,
    }
  }

  return {
    count: (count) => number(count, 0, 'trunc'),
    percent: (percent) => number(percent, 2, 'trunc'),
    exactBytes: (bytes) => number(bytes, 0, 'trunc'),
    size: (size) => {
      const { unit, bytes, decimals } = scaleOf(size)
      return { value: number(size / bytes, decimals, 'halfExpand'), unit }
    },
    sizeSpoken: (size) => {
      const { unit, bytes, decimals } = scaleOf(size)
      return { value: number(size / bytes, decimals, 'halfExpand', true), unit }
    },
    storedOf: (acknowledged, size) => storedOf(acknowledged, size, false),
    storedOfSpoken: (acknowledged, size) => storedOf(acknowledged, size, true),
    rate: (bytesPerSecond) => {
      if (bytesPerSecond < 5e4) return { value: number(0, 0, 'trunc'), unit: 'MB' }
      const { unit, bytes, decimals } = scaleOf(Math.max(bytesPerSecond, 1e6))
      return { value: number(bytesPerSecond / bytes, decimals, 'halfExpand'), unit }
    },
    bitRate: (bytesPerSecond) => {
      const bits = bytesPerSecond * 8
      if (bits < 1e6) return { value: twoDigits.format(bits / 1e3), unit: 'kbit' }
      if (bits < 1e9) return { value: twoDigits.format(bits / 1e6), unit: 'Mbit' }
      return { value: twoDigits.format(bits / 1e9), unit: 'Gbit' }
    },
    time: (epochMs) => time.format(epochMs),
    day: (epochMs) => day.format(epochMs),
    dayTime: (epochMs) => dayTime.format(epochMs),
    // 1 January 2024 was a Monday
    weekday: (isoDay, length) => weekdays[length].format(Date.UTC(2024, 0, isoDay)),
  }
}
