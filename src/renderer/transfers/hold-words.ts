import type { TFunction } from 'i18next'
import type { FailureKind } from '../../shared/failure.ts'

/** The words of one cause that keeps everything waiting: for the rows, and for the banner. */
export type HoldWords = { readonly row: string; readonly title: string; readonly text: string }

const named = [
  'offline',
  'broker_unreachable',
  'broker_answer_invalid',
  'signed_out',
  'clock_skew',
  'disk_full',
  'database_failed',
  'engine_unavailable',
] as const

export const holdWordsOf = (t: TFunction, kind: FailureKind): HoldWords => {
  const name = named.find((one) => one === kind) ?? 'other'
  return { row: t(`holds.${name}.row`), title: t(`holds.${name}.title`), text: t(`holds.${name}.text`) }
}
