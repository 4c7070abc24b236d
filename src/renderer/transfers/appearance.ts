import type { HoldKind, QueueHold, QueueStatus, TransferView } from '../../shared/transfer.ts'

/** What one cause says to all rows: why nothing moves, from the queue's status. */
export type Hold = QueueHold | { readonly kind: 'paused' } | null

export const holdOf = (queue: QueueStatus | undefined): Hold => {
  if (queue?.paused) return { kind: 'paused' }
  return queue?.hold ?? null
}

/** Who acts next; the colour. */
export type Tone = 'working' | 'resting' | 'waiting' | 'needs-you' | 'proven'

export type IconName =
  | 'preparing'
  | 'writing'
  | 'queued'
  | 'uploading'
  | 'finishing'
  | 'retrying'
  | 'source-away'
  | 'offline'
  | 'broker'
  | 'certificate'
  | 'sign-in'
  | 'clock'
  | 'disk'
  | 'files'
  | 'schedule'
  | 'battery'
  | 'asleep'
  | 'waiting'
  | 'paused'
  | 'failed'
  | 'completed'
  | 'already-there'
  | 'canceling'

/** `moving`: stored and in the air · `resting`: stored, nothing moves. */
export type Bar = 'moving' | 'resting' | 'none'

export type Appearance = { readonly icon: IconName; readonly tone: Tone; readonly bar: Bar }

/** The sign of what keeps everything waiting. */
export const holdIcon = (kind: HoldKind | 'paused'): IconName => {
  switch (kind) {
    case 'paused':
      return 'paused'
    case 'offline':
      return 'offline'
    case 'broker_unreachable':
    case 'broker_answer_invalid':
      return 'broker'
    case 'certificate_untrusted':
      return 'certificate'
    case 'signed_out':
      return 'sign-in'
    case 'clock_skew':
      return 'clock'
    case 'disk_full':
    case 'database_failed':
      return 'disk'
    case 'too_many_open_files':
      return 'files'
    case 'schedule':
      return 'schedule'
    case 'on_battery':
      return 'battery'
    case 'asleep':
      return 'asleep'
    default:
      return 'waiting'
  }
}

/** The row waits until its file is where it was; nothing counts down. */
export const isSourceAway = ({ activity, failure }: TransferView): boolean =>
  activity === 'retrying' && failure?.kind === 'source_missing'

/** How a row looks. Under a hold the banner speaks, and the rows that wait for it are grey. */
export const appearanceOf = (transfer: TransferView, hold: Hold): Appearance => {
  const rest: Bar = transfer.size > 0 && transfer.acknowledged > 0 ? 'resting' : 'none'
  const moving: Bar = transfer.size > 0 ? 'moving' : 'none'
  switch (transfer.activity) {
    case 'preparing':
      return { icon: 'preparing', tone: 'resting', bar: rest }
    case 'writing':
      return { icon: 'writing', tone: 'resting', bar: 'none' }
    case 'queued':
      return { icon: 'queued', tone: 'resting', bar: rest }
    case 'uploading':
      return { icon: 'uploading', tone: 'working', bar: moving }
    case 'finishing':
      return { icon: 'finishing', tone: 'working', bar: moving }
    case 'retrying':
      return { icon: isSourceAway(transfer) ? 'source-away' : 'retrying', tone: 'waiting', bar: rest }
    case 'waiting':
      return { icon: hold ? holdIcon(hold.kind) : 'waiting', tone: 'resting', bar: rest }
    case 'paused':
      return { icon: 'paused', tone: 'resting', bar: rest }
    case 'failed':
      return { icon: 'failed', tone: 'needs-you', bar: 'none' }
    case 'completed':
      if (transfer.movedFrom !== null) return { icon: 'already-there', tone: 'proven', bar: 'none' }
      return { icon: 'completed', tone: transfer.verification === 'size' ? 'resting' : 'proven', bar: 'none' }
    case 'canceling':
      return { icon: 'canceling', tone: 'resting', bar: 'none' }
  }
}
