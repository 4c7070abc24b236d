import type { FailureKind } from '../../shared/failure.ts'
import type { TransferView } from '../../shared/transfer.ts'

/** The one thing a person can do about a failed transfer. */
export type Remedy = 'uploadAgain' | 'tryAgain' | 'signIn' | 'remove'

export const remedyOf = (kind: FailureKind): Remedy => {
  switch (kind) {
    case 'source_unstable':
    case 'deadline_passed':
    case 'upload_lost':
    case 'checksum_mismatch':
      return 'uploadAgain'
    case 'signed_out':
      return 'signIn'
    case 'exists':
    case 'not_a_file':
    case 'too_large':
    case 'type_not_allowed':
    case 'unknown_purpose':
      return 'remove'
    default:
      return 'tryAgain'
  }
}

/** What can be asked of a transfer in its state; a finishing one can be neither paused nor canceled. */
export type Possible = {
  readonly pause: boolean
  readonly resume: boolean
  readonly retry: boolean
  readonly cancel: boolean
}

export const possibleFor = ({ state, activity }: TransferView): Possible => ({
  pause: state === 'queued' && activity !== 'finishing',
  resume: state === 'paused',
  retry: state === 'failed',
  cancel: (state === 'queued' && activity !== 'finishing') || state === 'paused' || state === 'failed',
})
