import { ArrowUpFromLine, Lock } from 'lucide-react'
import { type ReactNode, useEffectEvent, useLayoutEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Purpose } from '../../shared/session.ts'
import { useServices } from '../data/services.tsx'
import classes from './drop-zone.module.css'
import { useAdd } from './use-add.ts'

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

const countItems = (event: DragEvent): number =>
  Array.from(event.dataTransfer?.items ?? []).filter(({ kind }) => kind === 'file').length

/** Whether it is one folder and nothing else. To be asked before the drop's event is over. */
const isOneFolder = (event: DragEvent): boolean => {
  const [only, ...others] = Array.from(event.dataTransfer?.items ?? [])
  return others.length === 0 && only?.webkitGetAsEntry()?.isDirectory === true
}

type DropZoneProps = {
  purpose: Purpose | null
  /** One folder and nothing else was dropped: it could also be watched. */
  onFolder: (folder: File) => void
  children: ReactNode
}

/** The whole window takes files and folders. What their paths are, the page never learns. */
export const DropZone = ({ purpose, onFolder, children }: DropZoneProps) => {
  const { t } = useTranslation()
  const { formats } = useServices()
  const { addFiles } = useAdd(purpose)
  const [items, setItems] = useState<number | null>(null)

  const drop = useEffectEvent((event: DragEvent) => {
    const files = Array.from(event.dataTransfer?.files ?? [])
    const [first] = files
    if (first && isOneFolder(event)) onFolder(first)
    else if (first) addFiles(files)
  })

  // before the first paint: whoever sees the page can drop on it
  useLayoutEffect(() => {
    const over = (event: DragEvent) => {
      if (!event.dataTransfer || !carriesFiles(event)) return
      event.preventDefault()
      event.dataTransfer.dropEffect = 'copy'
      setItems(countItems(event))
    }
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setItems(null)
    }
    const end = (event: DragEvent) => {
      setItems(null)
      if (!carriesFiles(event)) return
      event.preventDefault()
      drop(event)
    }
    window.addEventListener('dragenter', over)
    window.addEventListener('dragover', over)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', end)
    return () => {
      window.removeEventListener('dragenter', over)
      window.removeEventListener('dragover', over)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', end)
    }
  }, [])

  return (
    <>
      {children}
      {items !== null && purpose && (
        <section className={classes.overlay} aria-label={t('drop.title', { purpose: purpose.label })}>
          <div className={classes.frame}>
            <span className={classes.sign}>
              <ArrowUpFromLine size={30} strokeWidth={1.75} aria-hidden />
            </span>
            <h2 className={classes.title}>{t('drop.title', { purpose: purpose.label })}</h2>
            {items > 0 && (
              <p className={classes.items}>{t('drop.items', { count: items, formatted: formats.count(items) })}</p>
            )}
            <p className={classes.originals}>
              <Lock size={16} strokeWidth={1.75} aria-hidden />
              {t('drop.originals')}
            </p>
          </div>
        </section>
      )}
    </>
  )
}
