import { CircleArrowUp, EyeOff, Files } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { FolderPreview } from '../../shared/folder.ts'
import { useServices } from '../data/services.tsx'
import { sizeWords } from '../transfers/measure-words.ts'
import classes from './folder-contents.module.css'

/** What becomes of the files in a folder. `keep`: it is watched already, or was before; not all of them are sent. */
export type Inside = 'upload' | 'leave' | 'keep'

type PreviewSummaryProps = {
  /** Null until the folder was counted. */
  preview: FolderPreview | null
  inside: Inside
  isCounting: boolean
}

/** How much of a folder is uploaded, and how much is ignored. */
export const PreviewSummary = ({ preview, inside, isCounting }: PreviewSummaryProps) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  const ignored = preview && {
    count: preview.ignored.reduce((sum, { count }) => sum + count, 0),
    bytes: preview.ignored.reduce((sum, { bytes }) => sum + bytes, 0),
  }
  return (
    <dl className={classes.summary} aria-busy={isCounting}>
      <div>
        <dt>
          {inside === 'upload' ? (
            <CircleArrowUp className={classes.upload} size={16} strokeWidth={1.75} aria-hidden />
          ) : (
            <Files size={16} strokeWidth={1.75} aria-hidden />
          )}
          {t(`folders.contents.${inside}`)}
        </dt>
        <dd>
          {preview ? (
            <>
              <strong>{t('folders.contents.files', { count: preview.files })}</strong>
              {' · '}
              <bdi>{sizeWords(t, formats, preview.bytes)}</bdi>
            </>
          ) : (
            <strong>{t('folders.contents.noSize')}</strong>
          )}
        </dd>
      </div>
      <div>
        <dt>
          <EyeOff size={16} strokeWidth={1.75} aria-hidden />
          {t(inside === 'keep' ? 'folders.contents.ignored' : 'folders.contents.willBeIgnored')}
        </dt>
        <dd>
          {ignored ? (
            <>
              <strong>{t('folders.contents.items', { count: ignored.count })}</strong>
              {' · '}
              <bdi>{sizeWords(t, formats, ignored.bytes)}</bdi>
            </>
          ) : (
            <strong>{t('folders.contents.noSize')}</strong>
          )}
        </dd>
      </div>
    </dl>
  )
}
