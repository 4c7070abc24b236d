import type { TFunction } from 'i18next'
import type { Failure } from '../../shared/failure.ts'
import type { FolderActivity, FolderCounts, FolderView } from '../../shared/folder.ts'
import type { Tone } from '../transfers/appearance.ts'
import type { Formats } from '../transfers/format.ts'
import { agoWords } from '../transfers/time-words.ts'

const minute = 60_000
const hour = 60 * minute

/** An interval (ms) in its largest unit of which there are at least one and a half: 90 min are 2 h, 80 are 80 min. */
const everyWords = (t: TFunction, milliseconds: number): string => {
  if (milliseconds < 1.5 * minute)
    return t('units.timeLeft.seconds', { seconds: Math.max(1, Math.round(milliseconds / 1_000)) })
  if (milliseconds < 1.5 * hour) return t('units.timeLeft.minutes', { minutes: Math.round(milliseconds / minute) })
  return t('units.timeLeft.hours', { hours: Math.round(milliseconds / hour) })
}

/** Who acts next. */
export const folderToneOf = ({ state }: FolderActivity): Tone => {
  switch (state) {
    case 'looking':
    case 'watching':
    case 'polling':
      return 'working'
    case 'paused':
      return 'resting'
    case 'unavailable':
      return 'waiting'
  }
}

/** What a folder is doing, in a word or two. */
export const folderStateWords = (t: TFunction, activity: FolderActivity): string =>
  activity.state === 'polling'
    ? t('folders.states.polling', { every: everyWords(t, activity.every) })
    : t(`folders.states.${activity.state}`)

const awayWords = (t: TFunction, { kind }: Failure): string => {
  switch (kind) {
    case 'source_missing':
    case 'source_unreadable':
    case 'timeout':
      return t(`folders.unavailable.${kind}`)
    default:
      return t(`failures.${kind}.happened`)
  }
}

/** Why a folder is as it is, and what follows; null where there is nothing to explain. */
export const folderSentence = (
  t: TFunction,
  formats: Formats,
  { activity, counts }: Pick<FolderView, 'activity' | 'counts'>,
  now: number,
): string | null => {
  switch (activity.state) {
    case 'looking':
    case 'watching':
      return null
    case 'polling': {
      const { reason, detail } = activity
      if (reason !== 'watch_limit') return t(`folders.polling.${reason}`)
      if (detail === null) return t('folders.polling.watch_limit_unnamed')
      return t('folders.polling.watch_limit', { detail })
    }
    case 'paused': {
      const paused = t('folders.paused', { ago: agoWords(t, formats, activity.since, now) })
      return counts.held > 0 ? `${paused} ${t('folders.held', { count: counts.held })}` : paused
    }
    case 'unavailable':
      return `${awayWords(t, activity.failure)} ${t('folders.unavailable.safe')}`
  }
}

type FolderCountName = keyof FolderCounts

const countNames = [
  'uploaded',
  'uploadedToday',
  'uploading',
  'beingWritten',
  'waiting',
  'failed',
  'held',
  'ignored',
] as const satisfies readonly FolderCountName[]

/** The counts that say something: what is uploaded always, the others where they are not 0. */
export const shownCounts = (counts: FolderCounts): readonly { name: FolderCountName; count: number }[] =>
  countNames
    .map((name) => ({ name, count: counts[name] }))
    .filter(({ name, count }) => count > 0 || name === 'uploaded')

/** Why a command about a folder was not done, and what to do. */
export const folderRefusalWords = (t: TFunction, { kind }: Failure): string => {
  switch (kind) {
    case 'input_invalid':
    case 'not_possible':
    case 'source_missing':
    case 'source_unreadable':
    case 'unknown_purpose':
    case 'signed_out':
      return t(`folders.refusals.${kind}`)
    default:
      return t('toasts.failure', { happened: t(`failures.${kind}.happened`), todo: t(`failures.${kind}.todo`) })
  }
}
