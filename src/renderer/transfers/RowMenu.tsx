import { Menu } from '@mantine/core'
import { CircleX, Copy, Info, Pause, Play, RotateCw } from 'lucide-react'
import { memo } from 'react'
import { useTranslation } from 'react-i18next'
import type { TransferView } from '../../shared/transfer.ts'
import { MoreMenu } from '../shell/MoreMenu.tsx'
import { visibleName } from './file-name.ts'
import { possibleFor } from './remedy.ts'
import type { RowActions } from './use-row-actions.ts'

type RowMenuProps = { row: TransferView; actions: RowActions; tabIndex: number }

const icon = { size: 15, strokeWidth: 1.75, 'aria-hidden': true } as const

/** All that can be done with one transfer. */
export const RowMenu = memo(({ row, actions, tabIndex }: RowMenuProps) => {
  const { t } = useTranslation()
  const possible = possibleFor(row)
  const { key } = row
  const cancelWords = () => {
    if (possible.retry) return t('row.remove')
    return row.acknowledged > 0 ? t('row.cancel') : t('row.cancelNow')
  }
  return (
    <MoreMenu label={t('row.more', { name: visibleName(row.name) })} tabIndex={tabIndex}>
      {possible.pause && (
        <Menu.Item leftSection={<Pause {...icon} />} onClick={() => actions.pause(row)}>
          {t('row.pause')}
        </Menu.Item>
      )}
      {possible.resume && (
        <Menu.Item leftSection={<Play {...icon} />} onClick={() => actions.resume(row)}>
          {t('row.resume')}
        </Menu.Item>
      )}
      {possible.retry && (
        <>
          <Menu.Item leftSection={<Info {...icon} />} onClick={() => actions.explain(row)}>
            {t('row.why')}
          </Menu.Item>
          <Menu.Item leftSection={<RotateCw {...icon} />} onClick={() => actions.retry(row)}>
            {t('row.tryAgain')}
          </Menu.Item>
        </>
      )}
      <Menu.Item leftSection={<Copy {...icon} />} onClick={() => actions.copy(row.name)}>
        {t('row.copyName')}
      </Menu.Item>
      {key !== null && (
        <Menu.Item leftSection={<Copy {...icon} />} onClick={() => actions.copy(key)}>
          {t('row.copyKey')}
        </Menu.Item>
      )}
      {possible.cancel && (
        <>
          <Menu.Divider />
          <Menu.Item leftSection={<CircleX {...icon} />} onClick={() => actions.cancel(row)}>
            {cancelWords()}
          </Menu.Item>
        </>
      )}
    </MoreMenu>
  )
})
