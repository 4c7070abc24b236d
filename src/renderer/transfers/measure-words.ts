import type { TFunction } from 'i18next'
import type { TransferProgress, TransferView } from '../../shared/transfer.ts'
import { isSourceAway } from './appearance.ts'
import { type Formats, percentStored } from './format.ts'
import { timeLeftWords } from './time-words.ts'

/** The two lines of the bytes column; the second is null where there is nothing to say. */
export type MeasureWords = { readonly first: string; readonly second: string | null }

export const sizeWords = (t: TFunction, formats: Formats, bytes: number): string =>
  t('units.measure', formats.size(bytes))

/** Speed with its unit, `52.6 MB/s`. */
export const rateWords = (t: TFunction, formats: Formats, bytesPerSecond: number): string => {
  const { value, unit } = formats.rate(bytesPerSecond)
  return t('units.measure', { value, unit: t('units.rate', { unit }) })
}

export const measureWords = (
  t: TFunction,
  formats: Formats,
  transfer: TransferView,
  live: TransferProgress | null,
): MeasureWords => {
  const { activity, acknowledged, size } = transfer
  const whole = sizeWords(t, formats, size)
  const stored = acknowledged > 0 && size > 0 ? t('units.of', formats.storedOf(acknowledged, size)) : whole
  switch (activity) {
    case 'uploading': {
      const first = size > 0 ? t('units.of', formats.storedOf(acknowledged, size)) : whole
      if (!live || live.bytesPerSecond === 0) return { first, second: null }
      const rate = rateWords(t, formats, live.bytesPerSecond)
      if (live.secondsLeft === null) return { first, second: rate }
      return { first, second: `${rate} · ${timeLeftWords(t, live.secondsLeft)}` }
    }
    case 'finishing':
      return { first: stored, second: t('row.lastStep') }
    case 'retrying':
      if (isSourceAway(transfer)) return { first: stored, second: null }
      return { first: stored, second: t('row.try', { count: transfer.attempts + 1, ordinal: true }) }
    case 'failed':
      return { first: whole, second: t('row.storedOnly', { stored: sizeWords(t, formats, acknowledged) }) }
    case 'completed':
      return { first: whole, second: null }
    case 'preparing':
    case 'writing':
    case 'queued':
    case 'waiting':
    case 'paused':
    case 'canceling':
      return { first: stored, second: null }
  }
}

/** The bar for those who hear it: "64.31 percent stored, 30.87 of 48 gigabytes". */
export const spokenProgress = (t: TFunction, formats: Formats, acknowledged: number, size: number): string => {
  const { stored, size: whole, unit } = formats.storedOfSpoken(acknowledged, size)
  const of = t('units.spokenOf', { stored, size: whole, unit: t(`units.spoken.${unit}`) })
  if (size > 0 && acknowledged >= size) return t('units.spokenChecking', { of })
  return t('units.spokenPercent', { percent: formats.percent(percentStored(acknowledged, size)), of })
}

/** The bytes to the last one, for the tooltip. */
export const exactWords = (t: TFunction, formats: Formats, { acknowledged, size }: TransferView): string =>
  acknowledged > 0 && acknowledged < size
    ? t('units.exact', { stored: formats.exactBytes(acknowledged), size: formats.exactBytes(size) })
    : t('units.exactSize', { size: formats.exactBytes(size) })
