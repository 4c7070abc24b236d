import { Menu } from '@mantine/core'
import { Copy, FolderMinus, FolderSearch, Pause, SlidersHorizontal } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { FolderView } from '../../shared/folder.ts'
import { MoreMenu } from '../shell/MoreMenu.tsx'
import { visibleName } from '../transfers/file-name.ts'
import type { FolderActions } from './use-folder-actions.ts'

const icon = { size: 15, strokeWidth: 1.75, 'aria-hidden': true } as const

/** All that can be done with one watched folder. */
export const FolderMenu = ({ folder, actions }: { folder: FolderView; actions: FolderActions }) => {
  const { t } = useTranslation()
  const { state } = folder.activity
  return (
    <MoreMenu label={t('folders.more', { name: visibleName(folder.name) })}>
      {(state === 'watching' || state === 'polling') && (
        <Menu.Item leftSection={<FolderSearch {...icon} />} onClick={() => actions.lookAgain(folder)}>
          {t('folders.lookAgain')}
        </Menu.Item>
      )}
      {state === 'unavailable' && (
        <Menu.Item leftSection={<Pause {...icon} />} onClick={() => actions.pause(folder)}>
          {t('folders.pause')}
        </Menu.Item>
      )}
      <Menu.Item leftSection={<SlidersHorizontal {...icon} />} onClick={() => actions.edit(folder)}>
        {t('folders.options')}
      </Menu.Item>
      <Menu.Item leftSection={<Copy {...icon} />} onClick={() => actions.copy(folder.path)}>
        {t('folders.copyPath')}
      </Menu.Item>
      <Menu.Divider />
      <Menu.Item leftSection={<FolderMinus {...icon} />} onClick={() => actions.remove(folder)}>
        {t('folders.remove')}
      </Menu.Item>
    </MoreMenu>
  )
}
