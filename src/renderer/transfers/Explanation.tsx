import { Popover } from '@mantine/core'
import { Copy } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '../../shared/failure.ts'
import type { TransferView } from '../../shared/transfer.ts'
import { Button } from '../shell/Button.tsx'
import classes from './explanation.module.css'
import { RemedyButton } from './RemedyButton.tsx'
import { supportText } from './support-text.ts'
import type { RowActions } from './use-row-actions.ts'

type ExplanationProps = {
  row: TransferView
  failure: Failure
  opened: boolean
  actions: RowActions
  tabIndex: number
  /** The reason in a few words; it opens the rest. */
  children: ReactNode
}

const sections = ['happened', 'safe', 'todo'] as const

/** A failure in full: what happened, what is safe, what to do, and the one action. */
export const Explanation = ({ row, failure, opened, actions, tabIndex, children }: ExplanationProps) => {
  const { t } = useTranslation()
  return (
    <Popover
      opened={opened}
      onChange={(open) => actions.explain(open ? row : null)}
      width={380}
      position="bottom-start"
      shadow="md"
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <button
          type="button"
          className={classes.reason}
          tabIndex={tabIndex}
          onClick={() => actions.explain(opened ? null : row)}
        >
          {children}
        </button>
      </Popover.Target>
      <Popover.Dropdown className={classes.dropdown} aria-label={t('row.why')}>
        {sections.map((section) => (
          <section key={section}>
            <h2>{t(`explanation.${section}`)}</h2>
            <p>{t(`failures.${failure.kind}.${section}`)}</p>
          </section>
        ))}
        <div className={classes.buttons}>
          <RemedyButton row={row} failure={failure} actions={actions} look="filled" />
          <Button size="small" onClick={() => actions.copy(supportText(row))}>
            <Copy size={15} strokeWidth={1.75} aria-hidden />
            {t('explanation.copy')}
          </Button>
        </div>
      </Popover.Dropdown>
    </Popover>
  )
}
