import { expect, test } from 'vitest'
import { openServedLog } from '../../../../src/emulator/faults/served-log.ts'

test('The log forgets the oldest operations, and never has more than 100,000', async () => {
  const log = openServedLog(() => 0)
  const request = {
    method: 'GET',
    path: '/',
    query: [],
    headers: {},
    bytes: async function* () {},
    gone: new AbortController().signal,
    cut: () => {
      throw new Error('It was cut')
    },
  }
  const record = (key: string) =>
    log.record({ operation: 'GetObject', key, partNumber: null }, request, async () => ({
      status: 200,
      headers: {},
      body: '',
    }))
  for (let index = 0; index <= 100_000; index += 1) await record(String(index))
  const served = log.served()
  expect(served.length).toBeLessThanOrEqual(100_000)
  expect(served.length).toBeGreaterThanOrEqual(90_000)
  expect(served.at(-1)?.key).toBe('100000')
  expect(log.served({ key: '0' })).toEqual([])
})
