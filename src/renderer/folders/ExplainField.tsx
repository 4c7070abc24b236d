import { TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure } from '../../shared/failure.ts'
import type { Explanation, FolderOptions } from '../../shared/folder.ts'
import { useServices } from '../data/services.tsx'
import { Button } from '../shell/Button.tsx'
import { visibleName } from '../transfers/file-name.ts'
import classes from './folder-contents.module.css'
import { folderRefusalWords } from './folder-words.ts'
import { pathBelow } from './path-below.ts'
import { ReasonWords } from './ReasonWords.tsx'

type ExplainFieldProps = { id: string; folder: string; options: FolderOptions }

type Answer =
  | { readonly kind: 'outside' }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | {
      readonly kind: 'explained'
      readonly path: string
      /** What it is said for: under other options it no longer holds. */
      readonly options: FolderOptions
      readonly explanation: Explanation
    }

/** Says of a path why it is ignored, or that it is not. */
export const ExplainField = ({ id, folder, options }: ExplainFieldProps) => {
  const { t } = useTranslation()
  const { api } = useServices()
  const [typed, setTyped] = useState('')
  const [answer, setAnswer] = useState<Answer | null>(null)

  const explain = async (event: FormEvent) => {
    event.preventDefault()
    // the dialog's own form shall not take it for its own
    event.stopPropagation()
    const path = pathBelow(folder, typed)
    if (path === null) return setAnswer({ kind: 'outside' })
    const result = await api.folders.explain({ id, options, path })
    setAnswer(
      result.ok
        ? { kind: 'explained', path, options, explanation: result.value }
        : { kind: 'refused', failure: result.failure },
    )
  }
  const words = () => {
    switch (answer?.kind) {
      case undefined:
        return null
      case 'outside':
        return t('folders.explain.outside')
      case 'refused':
        return folderRefusalWords(t, answer.failure)
      case 'explained': {
        if (answer.options !== options) return null
        const { reason } = answer.explanation
        const path = visibleName(answer.path)
        if (reason === null) return t('folders.explain.not', { path })
        return (
          <>
            {t('folders.explain.ignored', { path })} <ReasonWords reason={reason} />
          </>
        )
      }
    }
  }

  return (
    <form className={classes.explain} onSubmit={(event) => void explain(event)}>
      <TextInput
        label={t('folders.explain.label')}
        placeholder={t('folders.explain.hint')}
        spellCheck={false}
        autoComplete="off"
        maxLength={8_192}
        value={typed}
        onChange={({ currentTarget }) => {
          setTyped(currentTarget.value)
          setAnswer(null)
        }}
      />
      <Button type="submit" className={classes.find ?? ''}>
        {t('folders.explain.button')}
      </Button>
      <p className={classes.answer} role="status">
        {words()}
      </p>
    </form>
  )
}
