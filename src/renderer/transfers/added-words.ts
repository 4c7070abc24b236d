import type { TFunction } from 'i18next'
import type { AddSummary } from '../../shared/transfer.ts'
import type { Formats } from './format.ts'

/** What became of a drop in one line: "3 files, 212 GB added · 1 was in the list already". */
export const addedWords = (t: TFunction, formats: Formats, summary: AddSummary): string => {
  const { added, bytes, resumed, alreadyListed, failed, skipped } = summary
  const parts = [
    added > 0 && t('added.added', { count: added, size: t('units.measure', formats.sizeSpoken(bytes)) }),
    resumed > 0 && t('added.resumed', { count: resumed }),
    alreadyListed > 0 && t('added.alreadyListed', { count: alreadyListed }),
    failed > 0 && t('added.failed', { count: failed }),
    skipped > 0 && t('added.skipped', { count: skipped }),
  ].filter((part) => part !== false)
  return parts.length > 0 ? parts.join(' · ') : t('added.nothing')
}
