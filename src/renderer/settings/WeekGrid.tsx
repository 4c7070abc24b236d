import { useDirection } from '@mantine/core'
import { type KeyboardEvent, type PointerEvent, useEffect, useEffectEvent, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Limit } from '../../shared/settings.ts'
import { useServices } from '../data/services.tsx'
import { DayMenu } from './DayMenu.tsx'
import { cellAt, cellWords } from './schedule-words.ts'
import { type Cell, daysOfWeek, hoursOfDay, levelOf, paint, type Week } from './week.ts'
import classes from './week-grid.module.css'

type WeekGridProps = {
  week: Week
  now: number
  /** What an hour becomes where it is painted. */
  brush: Limit
  /** Bytes a second of the level "limited". */
  limited: number
  onWeek: (week: Week) => void
}

const isSame = (one: Cell, other: Cell): boolean => one.day === other.day && one.hour === other.hour

const cellOf = (event: PointerEvent): Cell | null => {
  const { day, hour } = (event.target as HTMLElement).dataset
  return day === undefined || hour === undefined ? null : { day: Number(day), hour: Number(hour) }
}

/**
 * The week as hours to paint: a drag paints all hours between its corners, Escape takes it back. Arrow keys move, with
 * Shift they paint on the way, Space paints one hour.
 */
export const WeekGrid = ({ week, now, brush, limited, onWeek }: WeekGridProps) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  const { dir } = useDirection()
  const grid = useRef<HTMLTableElement>(null)
  const [drag, setDrag] = useState<{ readonly from: Cell; readonly to: Cell } | null>(null)
  const [active, setActive] = useState<Cell>({ day: 0, hour: 0 })
  const [painted, setPainted] = useState<Cell | null>(null)
  const present = cellAt(now)
  const shown = drag ? paint(week, drag.from, drag.to, brush) : week

  const finish = useEffectEvent(() => {
    if (drag) onWeek(paint(week, drag.from, drag.to, brush))
    setDrag(null)
  })
  const isDragged = drag !== null
  useEffect(() => {
    if (!isDragged) return
    const drop = () => setDrag(null)
    const dropOnEscape = ({ key }: globalThis.KeyboardEvent) => key === 'Escape' && drop()
    window.addEventListener('pointerup', finish)
    window.addEventListener('pointercancel', drop)
    window.addEventListener('keydown', dropOnEscape)
    return () => {
      window.removeEventListener('pointerup', finish)
      window.removeEventListener('pointercancel', drop)
      window.removeEventListener('keydown', dropOnEscape)
    }
  }, [isDragged])

  const begin = (event: PointerEvent) => {
    const cell = cellOf(event)
    if (!cell || event.button !== 0) return
    const target = event.target as HTMLElement
    // a finger would keep all its events on the first hour
    if (target.hasPointerCapture(event.pointerId)) target.releasePointerCapture(event.pointerId)
    setDrag({ from: cell, to: cell })
  }
  const move = (event: PointerEvent) => {
    const cell = cellOf(event)
    if (drag && cell) setDrag({ ...drag, to: cell })
  }

  const paintFrom = (from: Cell, to: Cell) => {
    onWeek(paint(week, from, to, brush))
    setPainted(to)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.target instanceof HTMLElement && event.target.dataset.hour === undefined) return
    const forward = dir === 'rtl' ? -1 : 1
    const { day, hour } = active
    const steps: Readonly<Record<string, Cell>> = {
      ArrowUp: { day: day - 1, hour },
      ArrowDown: { day: day + 1, hour },
      ArrowLeft: { day, hour: hour - forward },
      ArrowRight: { day, hour: hour + forward },
      Home: { day, hour: 0 },
      End: { day, hour: 23 },
    }
    const step = steps[event.key]
    if (!step && event.key !== ' ') return
    event.preventDefault()
    if (!step) return paintFrom(active, active)
    const next = { day: Math.max(0, Math.min(6, step.day)), hour: Math.max(0, Math.min(23, step.hour)) }
    if (event.shiftKey) paintFrom(active, next)
    setActive(next)
    grid.current?.querySelector<HTMLElement>(`[data-day="${next.day}"][data-hour="${next.hour}"]`)?.focus()
  }

  return (
    <>
      <table
        ref={grid}
        // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose cells take keys is a grid
        role="grid"
        aria-label={t('settings.schedule.title')}
        className={classes.grid}
        onKeyDown={onKeyDown}
        onPointerDown={begin}
        onPointerOver={move}
      >
        <thead>
          <tr>
            <td />
            {hoursOfDay
              .filter((hour) => hour % 3 === 0)
              .map((hour) => (
                <th key={hour} scope="colgroup" colSpan={3}>
                  {String(hour).padStart(2, '0')}
                </th>
              ))}
          </tr>
        </thead>
        <tbody>
          {daysOfWeek.map((day) => (
            <tr key={day}>
              <th scope="row">
                <DayMenu day={day} week={week} limited={limited} onWeek={onWeek} />
              </th>
              {hoursOfDay.map((hour) => {
                const cell = { day, hour }
                const limit = shown[day]?.[hour] ?? null
                const words = cellWords(t, formats, cell, limit)
                return (
                  <td
                    key={hour}
                    className={classes.hour}
                    data-day={day}
                    data-hour={hour}
                    data-level={levelOf(limit)}
                    data-now={isSame(cell, present) || undefined}
                    tabIndex={isSame(cell, active) ? 0 : -1}
                    aria-label={words}
                    title={words}
                    onFocus={() => setActive(cell)}
                  />
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p role="status" className="visually-hidden">
        {painted && cellWords(t, formats, painted, week[painted.day]?.[painted.hour] ?? null)}
      </p>
    </>
  )
}
