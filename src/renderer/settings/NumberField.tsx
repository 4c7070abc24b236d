import { NumberInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { type ReactNode, useEffect, useState } from 'react'
import classes from './number-field.module.css'

type NumberFieldProps = {
  label: string
  value: number
  min: number
  max: number
  decimals: number
  /** Stands behind the number; without one there are buttons for one more and one less. */
  unit?: ReactNode
  onValue: (value: number) => void
}

/** How long typing rests before a number counts (ms). */
const typingRests = 500

/** A number that counts once it was typed, and only where it is one that is allowed. */
export const NumberField = ({ label, value, min, max, decimals, unit, onValue }: NumberFieldProps) => {
  const [typed, setTyped] = useState<number | string>(value)
  useEffect(() => setTyped(value), [value])
  const settle = useDebouncedCallback(onValue, { delay: typingRests, flushOnUnmount: true })

  return (
    <NumberInput
      classNames={{ root: classes.field ?? '', input: classes.input ?? '' }}
      aria-label={label}
      value={typed}
      min={min}
      max={max}
      decimalScale={decimals}
      allowNegative={false}
      {...(unit !== undefined && {
        hideControls: true,
        rightSection: <span className={classes.unit}>{unit}</span>,
        rightSectionWidth: 52,
        rightSectionPointerEvents: 'none' as const,
      })}
      onChange={(next) => {
        setTyped(next)
        const number = next === '' ? Number.NaN : Number(next)
        if (number >= min && number <= max) settle(number)
      }}
      onBlur={() => {
        settle.flush()
        if (typed === '') setTyped(value)
      }}
    />
  )
}
