import { useTranslation } from 'react-i18next'
import type { FolderPreview } from '../../shared/folder.ts'
import { useServices } from '../data/services.tsx'
import { FileName } from '../transfers/FileName.tsx'
import { sizeWords } from '../transfers/measure-words.ts'
import classes from './folder-contents.module.css'

/** The first files of a folder that are not ignored. */
export const FileList = ({ preview }: { preview: FolderPreview }) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  const { first, files } = preview
  if (files === 0) return <p className={classes.nothing}>{t('folders.contents.noFiles')}</p>
  return (
    <>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('folders.contents.file')}</th>
            <th scope="col" className={classes.size}>
              {t('folders.contents.size')}
            </th>
          </tr>
        </thead>
        <tbody>
          {first.map(({ path, size }) => (
            <tr key={path}>
              <td>
                <FileName name={path} />
              </td>
              <td className={classes.size}>
                <bdi>{sizeWords(t, formats, size)}</bdi>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {files > first.length && (
        <p className={classes.rest}>{t('folders.contents.moreFiles', { count: files - first.length })}</p>
      )}
    </>
  )
}
