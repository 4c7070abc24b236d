import { TextInput } from '@mantine/core'
import { Check, Copy, KeyRound } from 'lucide-react'
import { useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { InviteRequest } from '../../shared/broker-invitations.ts'
import type { Failure } from '../../shared/failure.ts'
import type { Invitation } from '../../shared/ipc.ts'
import { useServices } from '../data/services.tsx'
import { Button } from '../shell/Button.tsx'
import { copyText } from '../shell/copy-text.ts'
import classes from './invitations.module.css'
import { refusalWordsOf } from './refusal-words.ts'

type InvitationMadeProps = {
  invitation: Invitation
  /** What it allows. */
  request: InviteRequest
  purposeLabel: string
  asking: boolean
  failure: Failure | null
  onTakeBack: () => void
  onDone: () => void
}

/** The link, this once: to copy, or to take back. */
export const InvitationMade = (props: InvitationMadeProps) => {
  const { invitation, request, purposeLabel, asking, failure, onTakeBack, onDone } = props
  const { t } = useTranslation()
  const { formats } = useServices()
  const [copied, setCopied] = useState<'not_yet' | 'copied' | 'failed'>('not_yet')
  const field = useRef<HTMLInputElement>(null)
  const secretId = useId()

  const copy = () => {
    const taken = copyText(invitation.link)
    setCopied(taken ? 'copied' : 'failed')
    if (!taken) field.current?.select()
  }
  const size = (bytes: number) => <bdi dir="ltr">{t('units.measure', formats.sizeSpoken(bytes))}</bdi>
  const { maxBytes, maxFiles, maxSize, contentTypes } = request
  const time = formats.time(invitation.expiresAt)

  return (
    <div className={classes.form}>
      <div className={classes.link}>
        <TextInput
          ref={field}
          className={classes.linkField ?? ''}
          label={t('invite.link')}
          readOnly
          dir="ltr"
          value={invitation.link}
          onFocus={({ currentTarget }) => currentTarget.select()}
        />
        <Button look="filled" className={classes.copy ?? ''} autoFocus aria-describedby={secretId} onClick={copy}>
          {copied === 'copied' ? (
            <Check size={15} strokeWidth={2.25} aria-hidden />
          ) : (
            <Copy size={15} strokeWidth={1.75} aria-hidden />
          )}
          {copied === 'copied' ? t('toasts.copied') : t('invite.copy')}
        </Button>
      </div>
      <p className="visually-hidden" role="status">
        {copied === 'copied' && t('toasts.copied')}
      </p>
      <p id={secretId} className={classes.secret}>
        <KeyRound size={16} strokeWidth={1.75} aria-hidden />
        {t('invite.secret')}
      </p>
      <dl className={classes.allows}>
        <dt>{t('invite.purpose')}</dt>
        <dd>
          <bdi>{purposeLabel}</bdi>
        </dd>
        <dt>{t('invite.until')}</dt>
        <dd>{t('units.at.day', { day: formats.day(invitation.expiresAt), time })}</dd>
        <dt>{t('invite.total')}</dt>
        <dd>{size(maxBytes)}</dd>
        <dt>{t('invite.files')}</dt>
        <dd>{formats.count(maxFiles)}</dd>
        {maxSize !== undefined && (
          <>
            <dt>{t('invite.largest')}</dt>
            <dd>{size(maxSize)}</dd>
          </>
        )}
        {contentTypes !== undefined && (
          <>
            <dt>{t('invite.types')}</dt>
            <dd>
              <bdi dir="ltr">{contentTypes.join(', ')}</bdi>
            </dd>
          </>
        )}
      </dl>
      <p className={classes.refusal} role="alert">
        {failure && refusalWordsOf(t, failure)}
        {copied === 'failed' && t('invite.notCopied')}
      </p>
      <div className={classes.buttons}>
        <Button
          look="remedy"
          className={classes.takeBack ?? ''}
          aria-disabled={asking}
          onClick={() => asking || onTakeBack()}
        >
          {t('invite.takeBack')}
        </Button>
        <Button onClick={onDone}>{t('invite.done')}</Button>
      </div>
    </div>
  )
}
