import { NativeSelect, NumberInput } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import classes from './invitations.module.css'
import { sizeUnits, type TypedSize } from './invite-fields.ts'

type SizeFieldProps = {
  label: string
  size: TypedSize
  placeholder?: string
  error: ReactNode
  onSize: (size: TypedSize) => void
}

/** A size as a number and its unit. */
export const SizeField = ({ label, size, placeholder, error, onSize }: SizeFieldProps) => {
  const { t } = useTranslation()
  return (
    <NumberInput
      label={label}
      value={size.amount}
      placeholder={placeholder ?? ''}
      min={0}
      allowNegative={false}
      decimalScale={3}
      error={error}
      hideControls
      rightSectionWidth={76}
      rightSection={
        <NativeSelect
          variant="unstyled"
          classNames={{ root: classes.unitField ?? '', input: classes.unit ?? '' }}
          aria-label={t('invite.unitOf', { label })}
          value={size.unit}
          data={[...sizeUnits]}
          onChange={({ currentTarget }) => {
            const unit = sizeUnits.find((one) => one === currentTarget.value)
            if (unit) onSize({ ...size, unit })
          }}
        />
      }
      onChange={(amount) => onSize({ ...size, amount })}
    />
  )
}
