import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseBrokerAddress } from '../../../../../src/main/engine/broker/broker-address.ts'
import { failed, ok } from '../../../../../src/shared/failure.ts'

it.each([
  { text: 'https://broker.example', address: 'https://broker.example' },
  { text: 'broker.example', address: 'https://broker.example' },
  { text: '  Broker.Example/  ', address: 'https://broker.example' },
  { text: 'https://broker.example:8443/longshore/', address: 'https://broker.example:8443/longshore' },
  { text: 'https://broker.example:443', address: 'https://broker.example' },
  { text: 'HTTPS://broker.example//', address: 'https://broker.example' },
  { text: 'https://bücher.example', address: 'https://xn--bcher-kva.example' },
  { text: 'http://localhost:8080', address: 'http://localhost:8080' },
  { text: 'http://127.0.0.1:8080/', address: 'http://127.0.0.1:8080' },
  { text: 'http://[::1]:8080', address: 'http://[::1]:8080' },
  { text: 'localhost:8080', address: 'https://localhost:8080' },
])('“$text” is kept as $address', ({ text, address }) => {
  expect(parseBrokerAddress(text)).toEqual(ok(address))
})

it.each([
  'http://broker.example',
  'http://127.0.0.1.example',
  'http://localhost.example',
  'http://10.0.0.1',
  'ftp://broker.example',
  'file:///etc/passwd',
  'ws://localhost',
])('“%s” is refused: what is sent there could be read on the way', (text) => {
  expect(parseBrokerAddress(text)).toEqual(failed('broker_address_invalid', 'not_https'))
})

it.each([
  '',
  '   ',
  'https://',
  'https://user@broker.example',
  'https://user:secret@broker.example',
  'https://broker.example?token=1',
  'https://broker.example#top',
  'javascript:alert(1)',
  'two words',
  'https://broker.example:99999',
])('“%s” is refused: it is not a plain address', (text) => {
  expect(parseBrokerAddress(text)).toEqual(failed('broker_address_invalid', 'unreadable'))
})

it('whatever is typed, an accepted address is accepted again as the same, and is https or of this machine', () => {
  fc.assert(
    fc.property(fc.oneof(fc.webUrl({ withQueryParameters: true }), fc.string(), fc.domain()), (text) => {
      const parsed = parseBrokerAddress(text)
      if (!parsed.ok) return
      expect(parseBrokerAddress(parsed.value)).toEqual(parsed)
      expect(parsed.value).toMatch(/^(https:\/\/|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$))/)
    }),
  )
})
