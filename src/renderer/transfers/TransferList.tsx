import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Purpose } from '../../shared/session.ts'
import type { TransferFilter, TransferView } from '../../shared/transfer.ts'
import { type PageRange, rowsPerPage, useTransferRows } from '../data/queries.ts'
import { Button } from '../shell/Button.tsx'
import type { Hold } from './appearance.ts'
import { CancelDialog } from './CancelDialog.tsx'
import { visibleName } from './file-name.ts'
import { possibleFor } from './remedy.ts'
import { TransferRow } from './TransferRow.tsx'
import classes from './transfer-list.module.css'
import { useRowActions } from './use-row-actions.ts'

type TransferListProps = {
  filter: TransferFilter
  search: string
  hold: Hold
  purposes: readonly Purpose[]
  onSignIn: () => void
}

/** The row that keys act on: the transfer where it is known, and where it stood. */
type Active = { readonly index: number; readonly id: string | null }

const rowHeight = 44
const pageOf = (index: number): number => Math.floor(index / rowsPerPage)

/** The transfers of a filter, only those in sight being drawn and asked for. */
export const TransferList = ({ filter, search, hold, purposes, onSignIn }: TransferListProps) => {
  const { t } = useTranslation()
  const scroller = useRef<HTMLDivElement>(null)
  const [pages, setPages] = useState<PageRange>({ first: 0, last: 0 })
  const rows = useTransferRows(filter, search, pages)
  const { actions, explained, toCancel, cancelNow, keep } = useRowActions(onSignIn)
  const [active, setActive] = useState<Active>({ index: 0, id: null })
  const [selected, setSelected] = useState(false)
  const focusNext = useRef<number | null>(null)
  const rowHasFocus = useRef(false)
  const places = useMemo(() => new Map(purposes.map(({ name, label }) => [name, label])), [purposes])

  const moved = active.id !== null && rows.at(active.index)?.id !== active.id ? rows.indexOf(active.id) : null
  const activeIndex = Math.min(moved ?? active.index, Math.max(0, rows.total - 1))

  const virtualizer = useVirtualizer({
    count: rows.total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    getItemKey: (index) => rows.at(index)?.id ?? index,
    rangeExtractor: (range: Range) =>
      [...new Set([...defaultRangeExtractor(range), activeIndex])].sort((one, other) => one - other),
    onChange: ({ range }) => {
      if (!range) return
      const next = { first: pageOf(range.startIndex), last: pageOf(range.endIndex) }
      setPages((before) => (before.first === next.first && before.last === next.last ? before : next))
    },
  })

  useEffect(() => {
    const focusIsLost = rowHasFocus.current && document.activeElement === document.body
    const wanted = focusNext.current ?? (focusIsLost ? activeIndex : null)
    const row = wanted !== null && scroller.current?.querySelector<HTMLElement>(`[data-index="${wanted}"]`)
    if (!row) return
    row.focus({ preventScroll: true })
    focusNext.current = null
  })

  const goTo = (wanted: number) => {
    const index = Math.max(0, Math.min(rows.total - 1, wanted))
    setActive({ index, id: rows.at(index)?.id ?? null })
    setSelected(true)
    focusNext.current = index
    virtualizer.scrollToIndex(index)
  }

  const rowsInSight = () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 1)

  const act = (key: string, row: TransferView): boolean => {
    const possible = possibleFor(row)
    if (key === ' ' && possible.pause) actions.pause(row)
    else if (key === ' ' && possible.resume) actions.resume(row)
    else if (key === 'Enter' && possible.retry) actions.explain(row)
    else if (key === 'Delete' && possible.cancel) actions.cancel(row)
    else return key === ' '
    return true
  }

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const onRow = event.target instanceof HTMLElement && event.target.tagName === 'TR'
    if (!onRow || event.ctrlKey || event.metaKey || event.altKey) return
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: activeIndex + 1,
      ArrowUp: activeIndex - 1,
      PageDown: activeIndex + rowsInSight(),
      PageUp: activeIndex - rowsInSight(),
      Home: 0,
      End: rows.total - 1,
    }
    const step = steps[event.key]
    const row = rows.at(activeIndex)
    if (step !== undefined) goTo(step)
    else if (!row || !act(event.key, row)) return
    event.preventDefault()
  }

  if (rows.state === 'failed')
    return (
      <div className={classes.nothing}>
        <p role="alert">{t('list.failed')}</p>
        <Button onClick={rows.refetch}>{t('list.readAgain')}</Button>
      </div>
    )
  if (rows.state === 'ready' && rows.total === 0)
    return (
      <p className={classes.nothing} role="status">
        {search === '' ? t(`list.nothing.${filter}`) : t('list.nothing.search', { search })}
      </p>
    )
  return (
    <div className={classes.container}>
      <div ref={scroller} className={classes.scroller}>
        <table
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a table whose rows take keys is a grid
          role="grid"
          aria-label={t('list.label')}
          aria-rowcount={rows.total}
          aria-busy={rows.state === 'loading'}
          className={classes.grid}
          onKeyDown={onKeyDown}
        >
          <tbody style={{ blockSize: virtualizer.getTotalSize() }}>
            {virtualizer.getVirtualItems().map(({ key, index, start }) => {
              const row = rows.at(index)
              const isActive = index === activeIndex
              return (
                <tr
                  key={key}
                  ref={virtualizer.measureElement}
                  aria-rowindex={index + 1}
                  aria-label={row && visibleName(row.name)}
                  aria-selected={selected && isActive}
                  aria-busy={row === undefined}
                  tabIndex={isActive ? 0 : -1}
                  data-index={index}
                  data-state={row?.state}
                  data-activity={row?.activity}
                  className={classes.row}
                  style={{ transform: `translateY(${start}px)` }}
                  onFocus={() => {
                    rowHasFocus.current = true
                    setActive({ index, id: row?.id ?? null })
                  }}
                  onBlur={({ relatedTarget }) => {
                    rowHasFocus.current = relatedTarget === null && document.hasFocus()
                  }}
                  onClick={() => setSelected(true)}
                >
                  {row && (
                    <TransferRow
                      row={row}
                      hold={hold}
                      place={places.get(row.purpose) ?? row.purpose}
                      selected={isActive}
                      explained={explained === row.id}
                      actions={actions}
                    />
                  )}
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      <CancelDialog row={toCancel} onCancel={cancelNow} onKeep={keep} />
    </div>
  )
}
