/** How numbers and dates are written; the words around them are in `words.ts`. */
const language = document.documentElement.lang

const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const
const decimals = [0, 0, 1, 2, 3] as const

/** Decimal units, as file managers show them. */
export const bytesText = (bytes: number): string => {
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: decimals[power] ?? 0 })
  return `${format.format(bytes / 1_000 ** power)}\u00a0${units[power]}`
}

export const countText = (count: number): string => new Intl.NumberFormat(language).format(count)

/** Rounded down, and never 100: that is for the broker to say. */
export const percentText = (stored: number, size: number): string =>
  `${Math.min(99, size === 0 ? 0 : Math.floor((stored / size) * 100))}\u00a0%`

export const timeText = (time: number): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' }).format(time)
