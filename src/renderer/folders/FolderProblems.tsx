import { TriangleAlert } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { ItemGroup, ItemProblem } from '../../shared/folder.ts'
import { cutMiddle, visibleName } from '../transfers/file-name.ts'
import classes from './folder-problems.module.css'

/** Characters of a path that are shown; the rest is in its tooltip. */
const longest = 120

/** What a folder holds that cannot be uploaded, each with what to do and where the first is. */
export const FolderProblems = ({ problems }: { problems: readonly ItemGroup<ItemProblem>[] }) => {
  const { t } = useTranslation()
  if (problems.length === 0) return null
  return (
    <ul className={classes.problems}>
      {problems.map(({ why, count, first }) => (
        <li key={why}>
          <TriangleAlert size={15} strokeWidth={1.75} aria-hidden />
          <span>
            {t(`folders.problems.${why}`, { count })}{' '}
            <span className={classes.first}>
              {t('folders.problems.first', { count })}{' '}
              <bdi dir="auto" title={visibleName(first)}>
                {cutMiddle(visibleName(first), ({ length }) => length <= longest)}
              </bdi>
            </span>
          </span>
        </li>
      ))}
    </ul>
  )
}
