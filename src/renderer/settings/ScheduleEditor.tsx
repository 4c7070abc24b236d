import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Schedule } from '../../shared/settings.ts'
import { useServices } from '../data/services.tsx'
import { useNow } from '../data/use-now.ts'
import { Choice } from './Choice.tsx'
import { SpeedField } from './SpeedField.tsx'
import classes from './schedule-editor.module.css'
import { nowWords } from './schedule-words.ts'
import { WeekGrid } from './WeekGrid.tsx'
import { type Level, levels, limitedSpeed, limitOf, scheduleOf, weekOf, withLimitedSpeed } from './week.ts'

type ScheduleEditorProps = { schedule: Schedule; onSchedule: (schedule: Schedule) => void }

const firstLimited = 5_000_000
/** How often the line of what is now is looked at (ms). */
const nowEvery = 10_000

/** The hours of the week, painted in three levels; what is now and next in words. */
export const ScheduleEditor = ({ schedule, onSchedule }: ScheduleEditorProps) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  const now = useNow(nowEvery)
  const week = weekOf(schedule)
  const [brush, setBrush] = useState<Level>('limited')
  const [chosenSpeed, setChosenSpeed] = useState(firstLimited)
  const limited = limitedSpeed(week) ?? chosenSpeed

  return (
    <div className={classes.editor}>
      <div className={classes.brush}>
        <Choice
          aria-label={t('settings.schedule.brush')}
          value={brush}
          data={levels.map((level) => ({
            value: level,
            label: (
              <span className={classes.level}>
                <span className={classes.swatch} data-level={level} aria-hidden />
                {t(`settings.schedule.levels.${level}`)}
              </span>
            ),
          }))}
          onChange={setBrush}
        />
        <span className={classes.means}>
          {t('settings.schedule.means')}
          <SpeedField
            label={t('settings.schedule.means')}
            speed={limited}
            onSpeed={(speed) => {
              setChosenSpeed(speed)
              if (limitedSpeed(week) !== null) onSchedule(scheduleOf(withLimitedSpeed(week, speed)))
            }}
          />
        </span>
      </div>
      <WeekGrid
        week={week}
        now={now}
        brush={limitOf(brush, limited)}
        limited={limited}
        onWeek={(changed) => onSchedule(scheduleOf(changed))}
      />
      <p className={classes.now}>
        <span className={classes.swatch} data-level="now" aria-hidden />
        {nowWords(t, formats, week, now)}
      </p>
    </div>
  )
}
