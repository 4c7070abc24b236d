import { failed, ok, type Result } from '../../../shared/failure.ts'
import { isSafeAddress } from '../../../shared/safe-address.ts'

/**
 * A broker's address as it is kept: https, or http on this machine; no user, query or fragment, no slash at its end. A
 * bare host name means https.
 */
export function parseBrokerAddress(text: string): Result<string> {
  const trimmed = text.trim()
  const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`
  if (!URL.canParse(withScheme)) return failed('broker_address_invalid', 'unreadable')
  const url = new URL(withScheme)
  if (!isSafeAddress(url.href)) return failed('broker_address_invalid', 'not_https')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return failed('broker_address_invalid', 'unreadable')
  }
  return ok(`${url.origin}${url.pathname}`.replace(/\/+$/, ''))
}
