import { useEffect, useRef } from 'react'

/** The page takes the focus where what had it went with this change. */
export const useFocusKept = (changing: unknown): void => {
  const before = useRef(changing)
  useEffect(() => {
    if (before.current === changing) return
    before.current = changing
    if (document.activeElement === document.body) document.querySelector('main')?.focus()
  }, [changing])
}
