import { NativeSelect } from '@mantine/core'

type OptionSelectProps<Value extends string> = {
  label: string
  value: Value
  choices: readonly Value[]
  wordsOf: (choice: Value) => string
  onValue: (value: Value) => void
}

/** One of a few named ways. */
export const OptionSelect = <Value extends string>(props: OptionSelectProps<Value>) => {
  const { label, value, choices, wordsOf, onValue } = props
  return (
    <NativeSelect
      label={label}
      value={value}
      data={choices.map((choice) => ({ value: choice, label: wordsOf(choice) }))}
      onChange={({ currentTarget }) => {
        const chosen = choices.find((choice) => choice === currentTarget.value)
        if (chosen !== undefined) onValue(chosen)
      }}
    />
  )
}
