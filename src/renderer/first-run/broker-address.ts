const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:|\/|$)/i

/** The address as typed, with the scheme that people leave out: https, and http for this computer itself. */
export const brokerAddress = (typed: string): string => {
  const text = typed.trim()
  if (text === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text
  return `${loopback.test(text) ? 'http' : 'https'}://${text}`
}
