import { X } from 'lucide-react'
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Failure, Result } from '../../shared/failure.ts'
import classes from './toasts.module.css'

type Toast = { readonly id: number; readonly text: string; readonly urgent: boolean }

type Toasts = {
  readonly tell: (text: string) => void
  /** Says a failed command in words. */
  readonly tellFailure: (failure: Failure) => void
  /** The value of a command, or null once its failure was said in words. */
  readonly orTell: <Value>(answer: Promise<Result<Value>>) => Promise<Value | null>
}

const ToastsContext = createContext<Toasts | null>(null)

const mostToasts = 3
const calmStands = 7_000
const urgentStands = 14_000

const ToastLine = ({ toast, onEnd }: { toast: Toast; onEnd: (id: number) => void }) => {
  const { t } = useTranslation()
  const [held, setHeld] = useState(false)
  useEffect(() => {
    if (held) return
    const timer = setTimeout(() => onEnd(toast.id), toast.urgent ? urgentStands : calmStands)
    return () => clearTimeout(timer)
  }, [held, toast, onEnd])
  return (
    <li
      className={classes.toast}
      data-urgent={toast.urgent || undefined}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <span role={toast.urgent ? 'alert' : 'status'}>{toast.text}</span>
      <button type="button" className={classes.close} aria-label={t('toasts.close')} onClick={() => onEnd(toast.id)}>
        <X size={15} strokeWidth={1.75} aria-hidden />
      </button>
    </li>
  )
}

/** Short messages at the foot of the page; they go by themselves, and stay while they are pointed at. */
export const ToastsProvider = ({ children }: { children: ReactNode }) => {
  const { t } = useTranslation()
  const [toasts, setToasts] = useState<readonly Toast[]>([])
  const nextId = useRef(0)
  const end = useCallback((id: number) => setToasts((shown) => shown.filter((toast) => toast.id !== id)), [])

  const value = useMemo((): Toasts => {
    const show = (text: string, urgent: boolean) => {
      nextId.current += 1
      const toast = { id: nextId.current, text, urgent }
      setToasts((shown) => [...shown.filter((other) => other.text !== text), toast].slice(-mostToasts))
    }
    const tellFailure = ({ kind }: Failure) =>
      show(t('toasts.failure', { happened: t(`failures.${kind}.happened`), todo: t(`failures.${kind}.todo`) }), true)
    return {
      tell: (text) => show(text, false),
      tellFailure,
      orTell: async (answer) => {
        try {
          const result = await answer
          if (result.ok) return result.value
          tellFailure(result.failure)
        } catch {
          show(t('toasts.unexpected'), true)
        }
        return null
      },
    }
  }, [t])

  return (
    <ToastsContext value={value}>
      {children}
      <section aria-label={t('toasts.label')}>
        <ol className={classes.list}>
          {toasts.map((toast) => (
            <ToastLine key={toast.id} toast={toast} onEnd={end} />
          ))}
        </ol>
      </section>
    </ToastsContext>
  )
}

export const useToasts = (): Toasts => {
  const toasts = use(ToastsContext)
  if (!toasts) throw new Error('no ToastsProvider above this component')
  return toasts
}
