import { LogIn, RotateCw, X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '../../shared/failure.ts'
import type { TransferView } from '../../shared/transfer.ts'
import { Button } from '../shell/Button.tsx'
import { remedyOf } from './remedy.ts'
import type { RowActions } from './use-row-actions.ts'

type RemedyButtonProps = {
  row: TransferView
  failure: Failure
  actions: RowActions
  tabIndex?: number
  look?: 'remedy' | 'filled'
}

const icons = { uploadAgain: RotateCw, tryAgain: RotateCw, signIn: LogIn, remove: X }

/** The one thing to do about a failed transfer. */
export const RemedyButton = ({ row, failure, actions, tabIndex = 0, look = 'remedy' }: RemedyButtonProps) => {
  const { t } = useTranslation()
  const remedy = remedyOf(failure.kind)
  const Icon = icons[remedy]
  return (
    <Button look={look} size="small" tabIndex={tabIndex} onClick={() => actions.remedy(row, remedy)}>
      <Icon size={15} strokeWidth={1.75} aria-hidden />
      {t(`remedies.${remedy}`)}
    </Button>
  )
}
