import { TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import { type TransferCounts, type TransferFilter, transferFilters } from '../../shared/transfer.ts'
import { useServices } from '../data/services.tsx'
import classes from './chips.module.css'

type ChipsProps = { counts: TransferCounts; chosen: TransferFilter; onChoose: (filter: TransferFilter) => void }

/** The filters with their counts; they add up to the first. "Needs you" shows only when something does. */
export const Chips = ({ counts, chosen, onChoose }: ChipsProps) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  return (
    <fieldset className={classes.chips}>
      <legend className="visually-hidden">{t('filters.label')}</legend>
      {transferFilters
        .filter((filter) => filter !== 'failed' || counts.failed > 0 || chosen === 'failed')
        .map((filter) => (
          <button
            key={filter}
            type="button"
            className={classes.chip}
            data-filter={filter}
            aria-pressed={filter === chosen}
            onClick={() => onChoose(filter)}
          >
            {filter === 'failed' && <TriangleAlert size={14} strokeWidth={1.75} aria-hidden />}
            {t(`filters.${filter}`)} <span className={classes.count}>{formats.count(counts[filter])}</span>
          </button>
        ))}
    </fieldset>
  )
}
