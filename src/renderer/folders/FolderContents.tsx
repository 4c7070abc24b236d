import { Tabs } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { FolderOptions, FolderPreview } from '../../shared/folder.ts'
import { useServices } from '../data/services.tsx'
import { sizeWords } from '../transfers/measure-words.ts'
import { ExplainField } from './ExplainField.tsx'
import { FileList } from './FileList.tsx'
import { FolderProblems } from './FolderProblems.tsx'
import classes from './folder-contents.module.css'
import { folderRefusalWords } from './folder-words.ts'
import { IgnoredList } from './IgnoredList.tsx'
import { type Inside, PreviewSummary } from './PreviewSummary.tsx'
import { RulesFields } from './RulesFields.tsx'
import { usePreview } from './use-preview.ts'

type FolderContentsProps = {
  /** Of a draft or a watched folder. */
  id: string
  path: string
  inside: Inside
  /** The tab that is seen first. */
  begin: 'files' | 'rules'
  options: FolderOptions
  onOptions: (options: FolderOptions) => void
}

/** What is in a folder under its options, which can be changed here: the numbers follow. */
export const FolderContents = ({ id, path, inside, begin, options, onOptions }: FolderContentsProps) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  const { result, isCounting } = usePreview(id, options)
  const preview = result?.ok ? result.value : null

  const spoken = ({ files, bytes, ignored }: FolderPreview) =>
    t('folders.contents.spoken', {
      files: t('folders.contents.files', { count: files }),
      size: sizeWords(t, formats, bytes),
      ignored: t('folders.contents.ignoredItems', { count: ignored.reduce((sum, { count }) => sum + count, 0) }),
    })
  const status = () => {
    if (isCounting) return t('folders.contents.counting')
    return preview && t('folders.contents.counted')
  }

  return (
    <>
      <PreviewSummary preview={preview} inside={inside} isCounting={isCounting} />
      {preview && <FolderProblems problems={preview.problems} />}
      {result && !result.ok && !isCounting && (
        <p className={classes.refusal} role="alert">
          {folderRefusalWords(t, result.failure)}
        </p>
      )}
      <Tabs
        variant="none"
        keepMounted={false}
        defaultValue={begin}
        classNames={{
          root: classes.contents ?? '',
          list: classes.tabs ?? '',
          tab: classes.tab ?? '',
          panel: classes.panel ?? '',
        }}
      >
        <div className={classes.bar}>
          <Tabs.List>
            <Tabs.Tab value="files">{t(`folders.contents.${inside}`)}</Tabs.Tab>
            <Tabs.Tab value="ignored">{t('folders.contents.ignored')}</Tabs.Tab>
            <Tabs.Tab value="rules">{t('folders.contents.rules')}</Tabs.Tab>
          </Tabs.List>
          <span className={classes.status} aria-hidden>
            {status()}
          </span>
          <span className="visually-hidden" role="status">
            {isCounting ? t('folders.contents.counting') : preview && spoken(preview)}
          </span>
        </div>
        <Tabs.Panel value="files" tabIndex={0}>
          {preview && <FileList preview={preview} />}
        </Tabs.Panel>
        <Tabs.Panel value="ignored" tabIndex={0}>
          <ExplainField id={id} folder={path} options={options} />
          {preview && <IgnoredList ignored={preview.ignored} />}
        </Tabs.Panel>
        <Tabs.Panel value="rules" tabIndex={0}>
          <RulesFields options={options} onOptions={onOptions} />
        </Tabs.Panel>
      </Tabs>
    </>
  )
}
