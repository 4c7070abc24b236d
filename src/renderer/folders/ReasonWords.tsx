import { useTranslation } from 'react-i18next'
import type { IgnoreReason } from '../../shared/folder.ts'
import { visibleName } from '../transfers/file-name.ts'
import classes from './folder-contents.module.css'

/** Why something is ignored, with the rule where it was one. */
export const ReasonWords = ({ reason }: { reason: IgnoreReason }) => {
  const { t } = useTranslation()
  switch (reason.kind) {
    case 'system':
    case 'temporary':
    case 'yours':
      return (
        <>
          {t(`folders.reasons.${reason.kind}`)} <Rule rule={reason.rule} />
        </>
      )
    case 'file':
      return (
        <>
          {t('folders.reasons.file', { file: visibleName(reason.file) })} <Rule rule={reason.rule} />
        </>
      )
    case 'hidden':
    case 'link':
    case 'link_outside':
    case 'link_loop':
    case 'link_broken':
    case 'special':
    case 'empty_folder':
    case 'placeholder':
      return t(`folders.reasons.${reason.kind}`)
  }
}

const Rule = ({ rule }: { rule: string }) => (
  <code className={classes.rule} dir="ltr">
    {visibleName(rule)}
  </code>
)
