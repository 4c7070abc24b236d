import { Menu } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import { useServices } from '../data/services.tsx'
import classes from './schedule-editor.module.css'
import { levels, limitOf, paint, type Week } from './week.ts'

type DayMenuProps = { day: number; week: Week; limited: number; onWeek: (week: Week) => void }

/** What can be done with a whole day at once. */
export const DayMenu = ({ day, week, limited, onWeek }: DayMenuProps) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  const name = formats.weekday(day + 1, 'long')
  const copyTo = (lastDay: number) =>
    onWeek(week.map((limits, other) => (other <= lastDay ? (week[day] ?? []) : limits)))
  return (
    <Menu position="bottom-start" width={220} withInitialFocusPlaceholder={false}>
      <Menu.Target>
        <button type="button" className={classes.day} aria-label={t('settings.schedule.wholeDay', { day: name })}>
          {formats.weekday(day + 1, 'short')}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        {levels.map((level) => (
          <Menu.Item
            key={level}
            leftSection={<span className={classes.swatch} data-level={level} aria-hidden />}
            onClick={() => onWeek(paint(week, { day, hour: 0 }, { day, hour: 23 }, limitOf(level, limited)))}
          >
            {t(`settings.schedule.allDay.${level}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => copyTo(4)}>
          {t('settings.schedule.copyTo', { first: formats.weekday(1, 'long'), last: formats.weekday(5, 'long') })}
        </Menu.Item>
        <Menu.Item onClick={() => copyTo(6)}>
          {t('settings.schedule.copyTo', { first: formats.weekday(1, 'long'), last: formats.weekday(7, 'long') })}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
