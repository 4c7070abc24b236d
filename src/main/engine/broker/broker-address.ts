import { failed, ok, type Result } from '../../../shared/failure.ts'

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * A broker's address as it is kept: https, or http on this machine; no user, query or fragment, no slash at its end. A
 * bare host name means https.
 */
export function parseBrokerAddress(text: string): Result<string> {
  const trimmed = text.trim()
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`
  if (!URL.canParse(withScheme)) return failed('broker_address_invalid', 'unreadable')
  const url = new URL(withScheme)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && loopback.has(url.hostname))) {
    return failed('broker_address_invalid', 'not_https')
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return failed('broker_address_invalid', 'unreadable')
  }
  return ok(`${url.origin}${url.pathname}`.replace(/\/+$/, ''))
}
