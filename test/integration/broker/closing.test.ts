import { Agent, request } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { startBroker } from '../../../src/broker/start-broker.ts'
import { startEmulator } from '../../../src/emulator/start-emulator.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { configFor, file } from './running-broker.ts'

test('a broker that closes while it answers ends with that answer, though the client would keep the connection', async () => {
  const emulator = await startEmulator({ directory: temporaryFolder(), faults: true })
  onTestFinished(emulator.close)
  const broker = await startBroker({ ...configFor(emulator), logLevel: 'silent' })
  const held = emulator.faults?.add({
    match: { operation: 'GetFederationToken' },
    fault: { kind: 'hold', when: 'before' },
  })
  const agent = new Agent({ keepAlive: true })
  onTestFinished(() => agent.destroy())
  const answered = new Promise<string | undefined>((resolve, reject) => {
    const asked = request(`${broker.url}/v1/grants`, {
      method: 'POST',
      agent,
      headers: { authorization: 'Bearer token-of-one', 'content-type': 'application/json' },
    })
    asked.on('response', (answer) => {
      answer.resume()
      resolve(answer.headers.connection)
    })
    asked.on('error', reject)
    asked.end(JSON.stringify({ purpose: 'drop', files: [file()] }))
  })
  await held?.reached
  const closed = broker.close()
  held?.release()
  expect(await answered).toBe('close')
  await closed
})

test('a broker does not wait for ever for a request whose body does not come', async () => {
  const emulator = await startEmulator({ directory: temporaryFolder() })
  onTestFinished(emulator.close)
  const broker = await startBroker({ ...configFor(emulator), logLevel: 'silent' }, { closingTime: 100 })
  const asked = request(`${broker.url}/v1/grants`, {
    method: 'POST',
    headers: { authorization: 'Bearer token-of-one', 'content-type': 'application/json', 'content-length': 100 },
  })
  const cut = new Promise((resolve) => asked.once('error', resolve))
  await new Promise<void>((resolve) => asked.write('{', () => resolve()))
  // by then the broker has the beginning of that request, too
  expect((await fetch(`${broker.url}/v1/about`)).status).toBe(200)
  await broker.close()
  expect(await cut).toMatchObject({ code: 'ECONNRESET' })
})

test('a broker that is told to end says so to balancers first, answers meanwhile, and then is gone', async () => {
  const emulator = await startEmulator({ directory: temporaryFolder() })
  onTestFinished(emulator.close)
  const broker = await startBroker({ ...configFor(emulator), logLevel: 'silent', drainSeconds: 3 })
  const closed = broker.close()
  const ready = await fetch(`${broker.url}/readyz`)
  expect([ready.status, (await ready.json()).status]).toEqual([503, 'closing'])
  expect((await fetch(`${broker.url}/v1/about`)).status).toBe(200)
  await closed
  await expect(fetch(`${broker.url}/v1/about`)).rejects.toThrow()
})
