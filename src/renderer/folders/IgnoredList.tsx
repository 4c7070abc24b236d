import { useTranslation } from 'react-i18next'
import type { FolderPreview, IgnoreReason } from '../../shared/folder.ts'
import { useServices } from '../data/services.tsx'
import { visibleName } from '../transfers/file-name.ts'
import { sizeWords } from '../transfers/measure-words.ts'
import classes from './folder-contents.module.css'
import { ReasonWords } from './ReasonWords.tsx'

const hasSize = ({ kind }: IgnoreReason): boolean => !kind.startsWith('link') && kind !== 'special'

/** What of a folder is ignored, by reason. */
export const IgnoredList = ({ ignored }: Pick<FolderPreview, 'ignored'>) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  if (ignored.length === 0) return <p className={classes.nothing}>{t('folders.contents.nothingIgnored')}</p>
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th scope="col">{t('folders.contents.item')}</th>
          <th scope="col">{t('folders.contents.because')}</th>
          <th scope="col" className={classes.size}>
            {t('folders.contents.size')}
          </th>
        </tr>
      </thead>
      <tbody>
        {ignored.map(({ why, count, bytes, first }) => (
          <tr key={JSON.stringify(why)}>
            <td className={classes.item}>
              <bdi dir="auto">{visibleName(first)}</bdi>{' '}
              {count > 1 && <span className={classes.others}>{t('folders.contents.more', { count: count - 1 })}</span>}
            </td>
            <td>
              <ReasonWords reason={why} />
            </td>
            <td className={classes.size}>
              <bdi>{hasSize(why) ? sizeWords(t, formats, bytes) : t('folders.contents.noSize')}</bdi>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
