import { Checkbox, NumberInput, Textarea } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { type FolderOptions, folderOptionsSchema, longestRules } from '../../shared/folder.ts'
import classes from './folder-contents.module.css'
import { OptionSelect } from './OptionSelect.tsx'

type RulesFieldsProps = { options: FolderOptions; onOptions: (options: FolderOptions) => void }

const { stillSeconds, links, whenChanged, whenTaken, whenMoved, whenUploaded } = folderOptionsSchema.shape

/** What a person chooses for a folder: which files, and what becomes of them. */
export const RulesFields = ({ options, onOptions }: RulesFieldsProps) => {
  const { t } = useTranslation()
  const set = (change: Partial<FolderOptions>) => onOptions({ ...options, ...change })
  return (
    <div className={classes.rules}>
      <Textarea
        label={t('folders.rules.label')}
        description={t('folders.rules.hint')}
        placeholder={t('folders.rules.example')}
        classNames={{ input: classes.lines ?? '' }}
        rows={4}
        dir="ltr"
        spellCheck={false}
        maxLength={longestRules}
        value={options.rules}
        onChange={({ currentTarget }) => set({ rules: currentTarget.value })}
      />
      <Checkbox
        label={t('folders.rules.hidden')}
        checked={options.hidden}
        onChange={({ currentTarget }) => set({ hidden: currentTarget.checked })}
      />
      <div className={classes.pair}>
        <NumberInput
          label={t('folders.rules.stillSeconds')}
          value={options.stillSeconds}
          min={stillSeconds.minValue ?? 1}
          {...(stillSeconds.maxValue !== null && { max: stillSeconds.maxValue })}
          allowDecimal={false}
          onChange={(value) => {
            const seconds = stillSeconds.safeParse(value)
            if (seconds.success) set({ stillSeconds: seconds.data })
          }}
        />
        <OptionSelect
          label={t('folders.rules.links.label')}
          value={options.links}
          choices={links.options}
          wordsOf={(choice) => t(`folders.rules.links.${choice}`)}
          onValue={(value) => set({ links: value })}
        />
        <OptionSelect
          label={t('folders.rules.whenChanged.label')}
          value={options.whenChanged}
          choices={whenChanged.options}
          wordsOf={(choice) => t(`folders.rules.whenChanged.${choice}`)}
          onValue={(value) => set({ whenChanged: value })}
        />
        <OptionSelect
          label={t('folders.rules.whenTaken.label')}
          value={options.whenTaken}
          choices={whenTaken.options}
          wordsOf={(choice) => t(`folders.rules.whenTaken.${choice}`)}
          onValue={(value) => set({ whenTaken: value })}
        />
        <OptionSelect
          label={t('folders.rules.whenMoved.label')}
          value={options.whenMoved}
          choices={whenMoved.options}
          wordsOf={(choice) => t(`folders.rules.whenMoved.${choice}`)}
          onValue={(value) => set({ whenMoved: value })}
        />
        <OptionSelect
          label={t('folders.rules.whenUploaded.label')}
          value={options.whenUploaded}
          choices={whenUploaded.options}
          wordsOf={(choice) => t(`folders.rules.whenUploaded.${choice}`)}
          onValue={(value) => set({ whenUploaded: value })}
        />
      </div>
    </div>
  )
}
