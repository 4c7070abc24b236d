import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clockOffset, localExpiry, renewalTime } from '../../../../../src/main/engine/broker/clock.ts'

const minute = 60_000
const hour = 60 * minute

it('the offset is what must be added to our clock to get the server’s', () => {
  expect([clockOffset(5_000, 2_000), clockOffset(2_000, 5_000)]).toEqual([3_000, -3_000])
})

it('credentials end by our clock as long after the question as they last by the server’s, however wrong ours is', () => {
  const skew = fc.integer({ min: -24 * hour, max: 24 * hour })
  fc.assert(
    fc.property(skew, fc.nat(36 * hour), fc.nat(30_000), (offset, lasts, onTheWay) => {
      const askedAt = 1_700_000_000_000
      const serverTime = askedAt + offset + onTheWay
      const expiresAt = localExpiry(serverTime + lasts, serverTime, askedAt)
      expect(expiresAt - askedAt).toBe(lasts)
      expect(expiresAt).toBeLessThanOrEqual(serverTime + lasts - offset)
    }),
  )
})

describe('credentials are renewed', () => {
  it.each([
    { lasts: 15 * minute, ahead: 3.75 * minute },
    { lasts: 20 * minute, ahead: 5 * minute },
    { lasts: 12 * hour, ahead: 5 * minute },
    { lasts: 4_000, ahead: 1_000 },
    { lasts: 0, ahead: 0 },
  ])('$ahead ms ahead of the end of their $lasts ms', ({ lasts, ahead }) => {
    expect(renewalTime(1_000, 1_000 + lasts)).toBe(1_000 + lasts - ahead)
  })
})
