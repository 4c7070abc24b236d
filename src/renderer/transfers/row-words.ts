import type { TFunction } from 'i18next'
import { dispositionOf } from '../../shared/failure.ts'
import type { TransferView } from '../../shared/transfer.ts'
import { type Hold, isSourceAway } from './appearance.ts'
import { visibleName } from './file-name.ts'
import type { Formats } from './format.ts'
import { holdWordsOf } from './hold-words.ts'
import { agoWords, atWords } from './time-words.ts'

/** What the words of a row depend on besides the row. */
export type Situation = {
  readonly t: TFunction
  readonly formats: Formats
  readonly hold: Hold
  readonly now: number
  /** The label of the row's purpose. */
  readonly place: string
}

/** A row's second line: `state · reason`. */
export type RowWords = { readonly state: string; readonly reason: string | null }

const everyPartIsStored = ({ state }: TransferView) => state === 'completing'

/** The folders that the file is in, from the watched one down; the purpose's label where it is in none. */
const placeOf = ({ watchedFolder, folder }: TransferView, place: string): string => {
  const folders = [watchedFolder ?? '', folder].filter((name) => name !== '')
  return folders.length > 0 ? visibleName(`${folders.join('/')}/`) : place
}

/** After so many failed attempts a transfer is said to have trouble. */
const manyAttempts = 10

const retryingWords = (t: TFunction, transfer: TransferView, now: number): string => {
  const { retryAt, attempts } = transfer
  if (isSourceAway(transfer)) return t('states.sourceAway')
  const states = attempts < manyAttempts ? 'states' : 'states.trouble'
  if (retryAt === null || retryAt <= now) return t(`${states}.retrying`)
  const seconds = Math.ceil((retryAt - now) / 1_000)
  if (seconds < 100) return t(`${states}.retryingIn`, { seconds })
  return t(`${states}.retryingInMinutes`, { minutes: Math.round(seconds / 60) })
}

const retryReason = (t: TFunction, { failure, acknowledged }: TransferView): string | null => {
  if (!failure) return null
  const reason = t(`failures.${failure.kind}.short`)
  return acknowledged > 0 && dispositionOf(failure.kind) !== 'restart' ? t('reasons.kept', { reason }) : reason
}

const pausedReason = ({ t, formats, now }: Situation, { updatedAt, abortAt }: TransferView): string => {
  const by = t('reasons.pausedByYou', { ago: agoWords(t, formats, updatedAt, now) })
  return abortAt === null ? by : `${by} · ${t('reasons.keptUntil', { day: formats.day(abortAt) })}`
}

/** The state in a word or two, and why or where. */
export const rowWords = (transfer: TransferView, situation: Situation): RowWords => {
  const { t, formats, hold, now, place } = situation
  const where = placeOf(transfer, place)
  switch (transfer.activity) {
    case 'preparing':
      return { state: t('states.preparing'), reason: t('reasons.preparing') }
    case 'writing':
      return { state: t('states.writing'), reason: t('reasons.writing') }
    case 'queued':
      return { state: t('states.queued'), reason: t('reasons.queued') }
    case 'uploading':
      return { state: t('states.uploading'), reason: where }
    case 'finishing':
      return { state: t('states.finishing'), reason: t('reasons.finishing') }
    case 'retrying':
      return { state: retryingWords(t, transfer, now), reason: retryReason(t, transfer) }
    case 'waiting': {
      const left = everyPartIsStored(transfer) ? t('reasons.finishLeft') : where
      if (hold?.kind === 'paused') return { state: t('states.waitingPaused'), reason: left }
      return { state: hold ? holdWordsOf(t, formats, hold, now).row : t('states.waiting'), reason: left }
    }
    case 'paused':
      return { state: t('states.paused'), reason: pausedReason(situation, transfer) }
    case 'failed':
      return {
        state: t('states.failed'),
        reason: transfer.failure && t(`failures.${transfer.failure.kind}.short`),
      }
    case 'completed':
      if (transfer.movedFrom !== null) {
        return {
          state: t('states.alreadyThere'),
          reason: t('reasons.movedFrom', { path: visibleName(transfer.movedFrom) }),
        }
      }
      switch (transfer.verification) {
        case 'checksum':
          return { state: t('states.verified'), reason: t('reasons.verifiedChecksum') }
        case 'md5_of_parts':
          return { state: t('states.verified'), reason: t('reasons.verifiedParts') }
        case 'size':
        case null:
          return { state: t('states.stored'), reason: t('reasons.storedSize') }
      }
      break
    case 'canceling':
      return { state: t('states.canceling'), reason: t('reasons.canceling') }
  }
}

/** What stands at the end of the bar's column, null where nothing does. */
export const progressWords = (transfer: TransferView, percent: number, situation: Situation): string | null => {
  const { t, formats, now } = situation
  if (transfer.activity === 'completed') return atWords(t, formats, transfer.updatedAt, now)
  if (transfer.activity === 'finishing') return t('row.checking')
  if (everyPartIsStored(transfer)) return t('row.toCheck')
  return t('units.percent', { percent: formats.percent(percent) })
}
