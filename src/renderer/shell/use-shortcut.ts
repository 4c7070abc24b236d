import { useEffect, useEffectEvent } from 'react'

/** Calls back on Ctrl or Cmd with this letter, wherever the focus is. */
export const useShortcut = (letter: string, onPress: (event: KeyboardEvent) => void): void => {
  const press = useEffectEvent(onPress)
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== letter) return
      event.preventDefault()
      press(event)
    }
    window.addEventListener('keydown', listener)
    return () => window.removeEventListener('keydown', listener)
  }, [letter])
}
