import { expect, it } from 'vitest'
import { deviceIdOf } from '../../../../../src/main/engine/db/device-id.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

it('an installation has one device id for ever, and another has another', () => {
  const { database } = temporaryQueue()
  const id = deviceIdOf(database)
  expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  expect(deviceIdOf(database)).toBe(id)
  expect(deviceIdOf(temporaryQueue().database)).not.toBe(id)
})
