import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { configFor, file, runningBroker, runningStore, type Store } from './running-broker.ts'

let store: Store
beforeAll(async () => {
  store = await runningStore()
})
afterAll(() => store.close())

/** A broker before an STS that does as it is told; `calls` counts what reaches it. */
const brokerOf = async (answer: (response: ServerResponse) => void) => {
  let calls = 0
  const sts = createServer((request, response) => {
    calls += 1
    request.resume()
    answer(response)
  }).listen(0, '127.0.0.1')
  await once(sts, 'listening')
  const endpoint = `http://127.0.0.1:${(sts.address() as AddressInfo).port}`
  const broker = await runningBroker({ ...configFor(store.emulator), sts: { endpoint } })
  onTestFinished(async () => {
    sts.closeAllConnections()
    sts.close()
    await broker.close()
  })
  const grant = () => broker.post('/v1/grants', { purpose: 'drop', files: [file()] })
  return { ...broker, ask: grant, calls: () => calls }
}
const refusal = (status: number, code: string) => (response: ServerResponse) =>
  response
    .writeHead(status, { 'content-type': 'text/xml' })
    .end(`<ErrorResponse><Error><Code>${code}</Code><Message>inner words</Message></Error></ErrorResponse>`)
const unavailable = { status: 503, json: { code: 'unavailable' } }

test('an STS that never answers makes the broker unavailable within 20 s, for as many as ask, and for nothing else', async () => {
  const { ask, post, url, calls } = await brokerOf(() => {})
  const started = performance.now()
  // more than the sockets of one client of the SDK
  const asked = Array.from({ length: 60 }, ask)
  const about = await fetch(`${url}/v1/about`)
  expect(about.status).toBe(200)
  const none = await post('/v1/grants', { purpose: 'none', files: [file()] })
  expect(none.status).toBe(404)
  const answers = await Promise.all(asked)
  expect(performance.now() - started).toBeLessThan(20_000)
  for (const answer of answers) {
    expect(answer).toMatchObject(unavailable)
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  }
  expect(calls()).toBeLessThanOrEqual(3 * asked.length)
}, 40_000)

test.each([
  ['throttles', 400, 'Throttling', 3],
  ['fails', 500, 'InternalFailure', 3],
  ['denies', 403, 'AccessDenied', 1],
  ['does not take the policy', 400, 'PackedPolicyTooLarge', 1],
])('an STS that %s is asked as often as it helps, and why is in the log only', async (_, status, code, times) => {
  const { ask, calls, lines } = await brokerOf(refusal(status, code))
  const answer = await ask()
  expect(answer).toMatchObject(unavailable)
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(JSON.stringify(answer.json)).not.toContain(code)
  expect(calls()).toBe(times)
  expect(lines.join('')).toContain(`"name":"${code}`)
  expect(lines.join('')).not.toContain('inner words')
})

test('an STS that throttles once is asked again, and nobody notices', async () => {
  let isFirst = true
  const { ask, calls } = await brokerOf((response) => {
    if (isFirst) refusal(400, 'Throttling')(response)
    else {
      const credentials =
        '<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration>'
      response
        .writeHead(200, { 'content-type': 'text/xml' })
        .end(
          `<GetFederationTokenResponse><GetFederationTokenResult><Credentials>${credentials}</Credentials></GetFederationTokenResult></GetFederationTokenResponse>`,
        )
    }
    isFirst = false
  })
  expect((await ask()).status).toBe(200)
  expect(calls()).toBe(2)
})
