import type { TFunction } from 'i18next'
import type { Failure } from '../../shared/failure.ts'

/** Why an invitation was not made or taken back, and what to do. */
export const refusalWordsOf = (t: TFunction, { kind }: Failure): string => {
  switch (kind) {
    case 'not_allowed':
    case 'unknown_purpose':
    case 'request_invalid':
    case 'daily_limit':
    case 'revoked':
    case 'not_yours':
    case 'broker_unreachable':
      return t(`invite.refused.${kind}`)
    default:
      return t('toasts.failure', { happened: t(`failures.${kind}.happened`), todo: t(`failures.${kind}.todo`) })
  }
}
