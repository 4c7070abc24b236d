import { FolderPlus, Info } from 'lucide-react'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { Purpose } from '../../shared/session.ts'
import { useFolders } from '../data/queries.ts'
import { Button } from '../shell/Button.tsx'
import { useFocusKept } from '../shell/use-focus-kept.ts'
import { EmptyFolders } from './EmptyFolders.tsx'
import { FolderCard } from './FolderCard.tsx'
import classes from './folders-page.module.css'
import { OptionsDialog } from './OptionsDialog.tsx'
import { RemoveDialog } from './RemoveDialog.tsx'
import { useFolderActions } from './use-folder-actions.ts'

type FoldersPageProps = { purposes: readonly Purpose[]; onAdd: () => void }

/** The watched folders, and the way to one more. */
export const FoldersPage = ({ purposes, onAdd }: FoldersPageProps) => {
  const { t } = useTranslation()
  const { data: folders, isError, refetch } = useFolders()
  useFocusKept(folders?.length)
  const { actions, toEdit, toRemove, endEdit, endRemove } = useFolderActions()
  const places = useMemo(() => new Map(purposes.map(({ name, label }) => [name, label])), [purposes])
  const placeOf = (purpose: string) => places.get(purpose) ?? purpose

  const isEmpty = folders?.length === 0
  const isLoading = !folders && !isError
  if (isEmpty || isLoading)
    return (
      <main id="folders" className={classes.page} tabIndex={-1}>
        {isEmpty && <EmptyFolders onAdd={onAdd} />}
      </main>
    )
  return (
    <main id="folders" className={classes.page} tabIndex={-1}>
      <div className={classes.column}>
        <header className={classes.header}>
          <div>
            <h1 className={classes.title}>{t('folders.title')}</h1>
            <p className={classes.text}>{t('folders.text')}</p>
          </div>
          <Button look="filled" onClick={onAdd}>
            <FolderPlus size={16} strokeWidth={1.75} aria-hidden />
            {t('folders.add')}
          </Button>
        </header>
        {!folders && (
          <div className={classes.nothing}>
            <p role="alert">{t('folders.failed')}</p>
            <Button onClick={() => void refetch()}>{t('folders.readAgain')}</Button>
          </div>
        )}
        {folders && (
          <>
            <ul className={classes.cards} aria-label={t('folders.title')}>
              {folders.map((folder) => (
                <FolderCard key={folder.id} folder={folder} place={placeOf(folder.purpose)} actions={actions} />
              ))}
            </ul>
            <p className={classes.note}>
              <Info size={16} strokeWidth={1.75} aria-hidden />
              {t('folders.never')}
            </p>
          </>
        )}
      </div>
      <OptionsDialog folder={toEdit} onClose={endEdit} />
      <RemoveDialog folder={toRemove} onClose={endRemove} />
    </main>
  )
}
