import { expect, it } from 'vitest'
import { authenticateStaticTokens } from '../../../../src/broker/people/static-tokens.ts'

const authenticate = authenticateStaticTokens([
  { token: 'token-one', subject: 'user-1', label: 'One' },
  { token: 'token-two', subject: 'user-2', label: 'Two' },
])

it.each([
  ['Bearer token-one', { subject: 'user-1', label: 'One' }],
  ['bearer  token-two', { subject: 'user-2', label: 'Two' }],
])('knows the person of %s', async (header, caller) => {
  expect(await authenticate(header)).toEqual({ ok: true, value: { ...caller, scopes: [], groups: [] } })
})

it.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Bearer token-on',
  'Bearer token-one ',
  'Bearer token-one token-two',
  'Basic token-one',
  'token-one',
])('takes %j for nobody', async (header) => {
  expect(await authenticate(header)).toEqual({ ok: false, failure: { code: 'unauthenticated' } })
})
