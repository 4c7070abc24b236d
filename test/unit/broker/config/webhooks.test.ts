import { expect, it } from 'vitest'
import { webhookSchema } from '../../../../src/broker/config/webhooks.ts'

const secretOf = (bytes: number) => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`
const isRight = (overrides: { url?: string; secret?: string; purposes?: string[] }) =>
  webhookSchema.safeParse({ url: 'https://example.com/told', secret: secretOf(32), ...overrides }).success

it.each([24, 32, 64])('a secret of %i bytes is right', (bytes) => {
  expect(isRight({ secret: secretOf(bytes) })).toBe(true)
})

it.each([
  { secret: secretOf(23) },
  { secret: secretOf(65) },
  { secret: secretOf(32).slice(6) },
  { secret: `whsec_${'not base64! '.repeat(4)}` },
  { url: 'http://example.com/told' },
  { url: 'nowhere' },
  { url: 'https://user:password@example.com/told' },
  { purposes: [] },
])('%j is refused', (wrong) => {
  expect(isRight(wrong)).toBe(false)
})
