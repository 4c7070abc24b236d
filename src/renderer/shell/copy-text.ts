/**
 * Puts a text on the clipboard; false where that failed. By a copy event of the page itself, since the asynchronous
 * clipboard wants a permission and the app grants none.
 */
export const copyText = (text: string): boolean => {
  let taken = false
  const give = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
    taken = true
  }
  document.addEventListener('copy', give, { once: true })
  document.execCommand('copy')
  document.removeEventListener('copy', give)
  return taken
}
