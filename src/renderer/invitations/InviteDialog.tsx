import { useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { InviteRequest } from '../../shared/broker-invitations.ts'
import type { Failure, Result } from '../../shared/failure.ts'
import type { Invitation } from '../../shared/ipc.ts'
import type { Purpose } from '../../shared/session.ts'
import { useServices } from '../data/services.tsx'
import { Button } from '../shell/Button.tsx'
import { Dialog } from '../shell/Dialog.tsx'
import { InvitationMade } from './InvitationMade.tsx'
import { InviteForm } from './InviteForm.tsx'
import classes from './invitations.module.css'

type StepsProps = {
  /** Those that take invitations; never empty while the dialog is open. */
  purposes: readonly Purpose[]
  /** The one that the person uploads to. */
  current: Purpose | null
  onClose: () => void
}
type InviteDialogProps = StepsProps & { opened: boolean }

/** Makes a link by which others can send files. A click beside it does not lose the link or what was typed. */
export const InviteDialog = ({ opened, ...steps }: InviteDialogProps) => {
  const { t } = useTranslation()
  return (
    <Dialog opened={opened} onClose={steps.onClose} title={t('invite.title')} size={520} closeOnClickOutside={false}>
      <Steps {...steps} />
    </Dialog>
  )
}

type Step =
  | { readonly name: 'form' }
  | { readonly name: 'made'; readonly request: InviteRequest; readonly invitation: Invitation }
  | { readonly name: 'taken_back' }

const Steps = ({ purposes, current, onClose }: StepsProps) => {
  const { t } = useTranslation()
  const { api } = useServices()
  const [step, setStep] = useState<Step>({ name: 'form' })
  const [failure, setFailure] = useState<Failure | null>(null)
  const [asking, setAsking] = useState(false)
  const takenBackId = useId()

  /** Whoever closes the dialog before the answer never saw the link: nobody can use it. */
  const ask = async <Value,>(answer: Promise<Result<Value>>, next: (value: Value) => Step) => {
    setAsking(true)
    setFailure(null)
    const result = await answer.catch(
      (): Result<Value> => ({ ok: false, failure: { kind: 'engine_unavailable', detail: null } }),
    )
    if (result.ok) setStep(next(result.value))
    else setFailure(result.failure)
    setAsking(false)
  }

  switch (step.name) {
    case 'form':
      return (
        <InviteForm
          purposes={purposes}
          purpose={(purposes.find(({ name }) => name === current?.name) ?? purposes[0])?.name ?? ''}
          asking={asking}
          failure={failure}
          onInvite={(request) =>
            void ask(api.invitations.create(request), (invitation) => ({ name: 'made', request, invitation }))
          }
          onCancel={onClose}
        />
      )
    case 'made':
      return (
        <InvitationMade
          invitation={step.invitation}
          request={step.request}
          purposeLabel={purposes.find(({ name }) => name === step.request.purpose)?.label ?? step.request.purpose}
          asking={asking}
          failure={failure}
          onTakeBack={() =>
            void ask(api.invitations.revoke({ link: step.invitation.link }), () => ({ name: 'taken_back' }))
          }
          onDone={onClose}
        />
      )
    case 'taken_back':
      return (
        <div className={classes.form}>
          <p id={takenBackId} className={classes.text} role="status">
            {t('invite.takenBack')}
          </p>
          <div className={classes.buttons}>
            <Button autoFocus aria-describedby={takenBackId} onClick={onClose}>
              {t('invite.done')}
            </Button>
          </div>
        </div>
      )
  }
}
