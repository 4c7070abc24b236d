import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { TransferCounts } from '../../shared/transfer.ts'

/** The shortest time between two things said (ms). */
const speaksEvery = 10_000

/** Says to those who listen how many files became verified or need them, grouped, at most every 10 s. */
export const LiveRegion = ({ counts }: { counts: TransferCounts }) => {
  const { t } = useTranslation()
  const newest = useRef(counts)
  const spoken = useRef(counts)
  const [words, setWords] = useState('')

  useEffect(() => {
    newest.current = counts
  }, [counts])

  useEffect(() => {
    const speak = () => {
      const completed = newest.current.completed - spoken.current.completed
      const failed = newest.current.failed - spoken.current.failed
      spoken.current = newest.current
      setWords(
        [
          completed > 0 && t('spoken.completed', { count: completed }),
          failed > 0 && t('spoken.failed', { count: failed }),
        ]
          .filter((part) => part !== false)
          .join(', '),
      )
    }
    const timer = setInterval(speak, speaksEvery)
    return () => clearInterval(timer)
  }, [t])

  return (
    <p role="status" className="visually-hidden">
      {words}
    </p>
  )
}
