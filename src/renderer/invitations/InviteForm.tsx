import { Input, NativeSelect, NumberInput, Textarea, TextInput } from '@mantine/core'
import { ChevronRight } from 'lucide-react'
import { type FormEvent, useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { InviteRequest } from '../../shared/broker-invitations.ts'
import type { Failure } from '../../shared/failure.ts'
import type { Purpose } from '../../shared/session.ts'
import { useServices } from '../data/services.tsx'
import { Choice } from '../settings/Choice.tsx'
import { Button } from '../shell/Button.tsx'
import classes from './invitations.module.css'
import { type InviteFields, inviteRequestOf, openFor, type WrongField } from './invite-fields.ts'
import { refusalWordsOf } from './refusal-words.ts'
import { SizeField } from './SizeField.tsx'

type InviteFormProps = {
  /** Those that take invitations. */
  purposes: readonly Purpose[]
  /** Of them the one that is chosen first. */
  purpose: string
  asking: boolean
  failure: Failure | null
  onInvite: (request: InviteRequest) => void
  onCancel: () => void
}

const longestNote = 500
const mostFiles = 100_000

const usualFields: Omit<InviteFields, 'purpose'> = {
  note: '',
  openFor: '7',
  date: '',
  total: { amount: 10, unit: 'GB' },
  files: 100,
  largest: { amount: '', unit: 'GB' },
  types: '',
}

/** What the link shall allow. */
export const InviteForm = ({ purposes, purpose, asking, failure, onInvite, onCancel }: InviteFormProps) => {
  const { t } = useTranslation()
  const { now } = useServices()
  const [fields, setFields] = useState<InviteFields>({ ...usualFields, purpose })
  const [wrong, setWrong] = useState<ReadonlySet<WrongField>>(new Set())
  const openForId = useId()
  const form = useRef<HTMLFormElement>(null)
  const more = useRef<HTMLDetailsElement>(null)
  const set = (change: Partial<InviteFields>) => setFields((before) => ({ ...before, ...change }))
  const errorOf = (field: WrongField) => (wrong.has(field) ? t(`invite.wrong.${field}`) : null)

  useEffect(() => {
    if (more.current && (wrong.has('largest') || wrong.has('types'))) more.current.open = true
    form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [wrong])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const request = inviteRequestOf(fields, now())
    setWrong(request.ok ? new Set() : request.failure)
    if (request.ok && !asking) onInvite(request.value)
  }

  return (
    <form ref={form} className={classes.form} noValidate onSubmit={submit}>
      <p className={classes.text}>{t('invite.text')}</p>
      {purposes.length > 1 && (
        <NativeSelect
          label={t('invite.purpose')}
          value={fields.purpose}
          data={purposes.map(({ name, label }) => ({ value: name, label }))}
          onChange={({ currentTarget }) => set({ purpose: currentTarget.value })}
        />
      )}
      <Textarea
        label={t('invite.note')}
        placeholder={t('invite.noteHint')}
        rows={2}
        maxLength={longestNote}
        data-autofocus
        value={fields.note}
        onChange={({ currentTarget }) => set({ note: currentTarget.value })}
      />
      <div className={classes.until}>
        <Input.Label labelElement="div" id={openForId}>
          {t('invite.openFor.label')}
        </Input.Label>
        <div className={classes.untilChoice}>
          <Choice
            aria-labelledby={openForId}
            value={fields.openFor}
            data={openFor.map((value) => ({ value, label: t(`invite.openFor.${value}`) }))}
            onChange={(value) => set({ openFor: value })}
          />
          {fields.openFor === 'date' && (
            <TextInput
              type="date"
              aria-label={t('invite.lastDay')}
              value={fields.date}
              error={errorOf('date')}
              onChange={({ currentTarget }) => set({ date: currentTarget.value })}
            />
          )}
        </div>
      </div>
      <div className={classes.pair}>
        <SizeField
          label={t('invite.total')}
          size={fields.total}
          error={errorOf('total')}
          onSize={(total) => set({ total })}
        />
        <NumberInput
          label={t('invite.files')}
          value={fields.files}
          min={1}
          max={mostFiles}
          allowDecimal={false}
          allowNegative={false}
          error={errorOf('files')}
          onChange={(files) => set({ files })}
        />
      </div>
      <details ref={more} className={classes.more}>
        <summary>
          <ChevronRight className={classes.mark} size={15} strokeWidth={1.75} aria-hidden />
          {t('invite.more')}
        </summary>
        <div className={classes.pair}>
          <SizeField
            label={t('invite.largest')}
            size={fields.largest}
            placeholder={t('invite.any')}
            error={errorOf('largest')}
            onSize={(largest) => set({ largest })}
          />
          <TextInput
            label={t('invite.types')}
            placeholder={t('invite.typesHint')}
            spellCheck={false}
            autoComplete="off"
            value={fields.types}
            error={errorOf('types')}
            onChange={({ currentTarget }) => set({ types: currentTarget.value })}
          />
        </div>
      </details>
      <p className={classes.refusal} role="alert">
        {failure && refusalWordsOf(t, failure)}
      </p>
      <div className={classes.buttons}>
        <Button onClick={onCancel}>{t('invite.cancel')}</Button>
        <Button look="filled" type="submit" aria-disabled={asking}>
          {t('invite.make')}
        </Button>
      </div>
    </form>
  )
}
