import { Search as SearchIcon, X } from 'lucide-react'
import { useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { useShortcut } from '../shell/use-shortcut.ts'
import classes from './search.module.css'

const longest = 200

/** Finds transfers by a part of their name; Ctrl or Cmd F goes there, Escape clears it. */
export const Search = ({ text, onText }: { text: string; onText: (text: string) => void }) => {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  useShortcut('f', () => input.current?.select())
  const onMac = /mac/i.test(navigator.platform)
  return (
    <div className={classes.search}>
      <SearchIcon size={15} strokeWidth={1.75} aria-hidden />
      <input
        ref={input}
        type="search"
        aria-label={t('search.label')}
        placeholder={t('search.label')}
        maxLength={longest}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
        onKeyDown={(event) => event.key === 'Escape' && onText('')}
      />
      {text === '' ? (
        <kbd>{t('search.hint', { key: onMac ? t('search.command') : t('search.control') })}</kbd>
      ) : (
        <button type="button" aria-label={t('search.clear')} onClick={() => onText('')}>
          <X size={14} strokeWidth={1.75} aria-hidden />
        </button>
      )}
    </div>
  )
}
