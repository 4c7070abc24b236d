import { useEffect, useState } from 'react'
import { useServices } from './services.tsx'

/** The time (epoch ms), drawn again every `milliseconds`; null: only when something else draws. */
export const useNow = (milliseconds: number | null): number => {
  const { now } = useServices()
  const [, setTick] = useState(0)
  useEffect(() => {
    if (milliseconds === null) return
    const timer = setInterval(() => setTick((tick) => tick + 1), milliseconds)
    return () => clearInterval(timer)
  }, [milliseconds])
  return now()
}
