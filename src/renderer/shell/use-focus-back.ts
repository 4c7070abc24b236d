import { useEffect, useRef } from 'react'

/** What has the focus; for an item of a menu, which goes, the button that opened the menu. */
const opener = (): HTMLElement | null => {
  const menu = document.activeElement?.closest('[role="menu"]')
  const found = menu ? document.querySelector(`[aria-controls="${menu.id}"]`) : document.activeElement
  return found instanceof HTMLElement ? found : null
}

/** Gives the focus back to what opened a dialog when it closes; to the page where that is gone. */
export const useFocusBack = (opened: boolean): void => {
  const wasOpened = useRef(false)
  const from = useRef<HTMLElement | null>(null)
  // before the menu closes, which it does together with the dialog's opening
  if (opened && !wasOpened.current) from.current = opener()
  wasOpened.current = opened
  useEffect(() => {
    if (!opened) return
    return () => (from.current?.isConnected ? from.current : document.querySelector('main'))?.focus()
  }, [opened])
}
