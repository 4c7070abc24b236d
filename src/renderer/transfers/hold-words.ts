import type { TFunction } from 'i18next'
import type { HoldKind, QueueHold } from '../../shared/transfer.ts'
import type { Formats } from './format.ts'

/** The words of one cause that keeps everything waiting: for the rows, and for the banner. */
export type HoldWords = { readonly row: string; readonly title: string; readonly text: string }

const named = [
  'offline',
  'broker_unreachable',
  'broker_answer_invalid',
  'certificate_untrusted',
  'signed_out',
  'clock_skew',
  'disk_full',
  'too_many_open_files',
  'database_failed',
  'engine_unavailable',
  'schedule',
  'on_battery',
  'asleep',
] as const satisfies readonly HoldKind[]

const day = 24 * 60 * 60_000

export const holdWordsOf = (
  t: TFunction,
  formats: Formats,
  { kind, until }: Pick<QueueHold, 'kind' | 'until'>,
  now: number,
): HoldWords => {
  const known = named.find((one) => one === kind) ?? 'other'
  const name = known === 'schedule' && until === null ? 'scheduleAlways' : known
  const time = until === null ? '' : until - now < day ? formats.time(until) : formats.dayTime(until)
  return {
    row: t(`holds.${name}.row`, { time }),
    title: t(`holds.${name}.title`, { time }),
    text: t(`holds.${name}.text`),
  }
}
