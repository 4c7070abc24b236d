import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { DeleteBucketCommand } from '@aws-sdk/client-s3'
import { chromium } from '@playwright/test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { BrokerConfig } from '../../../src/broker/config/config.ts'
import { configFor, file, fileBytes, putFiles, runningBroker, runningStore, type Store } from './running-broker.ts'

let store: Store
beforeAll(async () => {
  store = await runningStore()
})
afterAll(() => store.close())

const broker = async (overrides: Partial<BrokerConfig> = {}, now?: () => number) => {
  const running = await runningBroker({ ...configFor(store.emulator), ...overrides }, now)
  onTestFinished(running.close)
  const get = async (path: string, url = running.url) => {
    const answer = await fetch(url + path)
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  return { ...running, get, ready: async () => JSON.parse((await get('/readyz')).text) }
}

/** A server that never answers, or answers as it is told. */
const server = async (status: number | null, body = '') => {
  const listening = createServer((_request, response) => {
    if (status !== null) response.writeHead(status, { 'content-type': 'text/xml' }).end(body)
  }).listen(0, '127.0.0.1')
  await once(listening, 'listening')
  onTestFinished(() => {
    listening.closeAllConnections()
    listening.close()
  })
  return `http://127.0.0.1:${(listening.address() as AddressInfo).port}`
}

describe('/readyz', () => {
  test('is ready while store and STS take the keys of the broker', async () => {
    const { get } = await broker()
    const { status, text } = await get('/readyz')
    expect([status, JSON.parse(text)]).toEqual([200, { status: 'ready', dependencies: { store: 'ok', sts: 'ok' } }])
  })

  test('does not look at an STS that no purpose needs', async () => {
    const purposes: BrokerConfig['purposes'] = [{ name: 'drop', label: 'Drop', kind: 'single_request' }]
    const { ready } = await broker({ purposes, sts: { endpoint: 'http://127.0.0.1:1' } })
    expect(await ready()).toEqual({ status: 'ready', dependencies: { store: 'ok' } })
  })

  const signed: Partial<BrokerConfig> = { purposes: [{ name: 'drop', label: 'Drop', kind: 'presigned_multipart' }] }
  const roleArn = 'arn:aws:iam::123456789012:role/writers'

  test('looks at the STS without which nothing could be signed', async () => {
    const { get } = await broker({ ...signed, sts: { endpoint: 'http://127.0.0.1:1', roleArn } })
    const { status, text } = await get('/readyz')
    expect([status, JSON.parse(text).dependencies]).toEqual([503, { store: 'ok', sts: 'down' }])
  })

  test('logs why something is down, once until it was there again', async () => {
    let time = Date.now()
    const { ready, lines } = await broker({ sts: { endpoint: 'http://127.0.0.1:1' } }, () => time)
    for (const _ of [1, 2, 3]) {
      await ready()
      time += 5_000
    }
    const said = lines.map((line) => JSON.parse(line)).filter(({ dependency }) => dependency !== undefined)
    expect(said).toEqual([
      expect.objectContaining({
        level: 40,
        dependency: 'sts',
        cause: expect.objectContaining({ name: 'ECONNREFUSED' }),
        msg: 'is down',
      }),
    ])
  })

  test('names what is down, and nothing of it, once it looks again after some seconds', async () => {
    let time = Date.now()
    const own = await runningStore()
    const { get, ready } = await broker(configFor(own.emulator), () => time)
    expect(await ready()).toMatchObject({ status: 'ready' })
    await own.owner.send(new DeleteBucketCommand({ Bucket: 'uploads' }))
    await own.close()
    expect(await ready()).toMatchObject({ status: 'ready' })
    time += 5_000
    const { status, text } = await get('/readyz')
    expect(status).toBe(503)
    expect(JSON.parse(text)).toEqual({ status: 'not_ready', dependencies: { store: 'down', sts: 'down' } })
  })

  test.each([
    ['does not take the keys', 403, 'down'],
    ['does not know who asks (Ceph)', 405, 'ok'],
  ])('an STS that %s', async (_, status, state) => {
    const body = '<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>'
    const { ready } = await broker({ sts: { endpoint: await server(status, body) } })
    expect((await ready()).dependencies).toEqual({ store: 'ok', sts: state })
  })

  test('does not wait for ever for what does not answer', async () => {
    const { ready } = await broker({ sts: { endpoint: await server(null) } })
    expect((await ready()).dependencies).toEqual({ store: 'ok', sts: 'down' })
  }, 10_000)
})

describe('/metrics', () => {
  const sampleOf = (text: string, series: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    )

  test('counts what was asked, granted, confirmed and refused, and how long AWS took', async () => {
    const { get, grant, confirm, post } = await broker({ logLevel: 'silent' })
    const { grant: token, keys } = await grant([file({ size: 5 }), file({ size: 6 })])
    await confirm(token, [{ key: keys[0]?.key ?? '', size: 5, crc32: null }])
    await post('/v1/grants', { purpose: 'none', files: [file()] })
    const { text, headers } = await get('/metrics')
    expect(headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const about = (route: string, status: number) => `{method="POST",route="${route}",status="${status}"}`
    expect(sampleOf(text, `longshore_request_seconds_count${about('/v1/grants', 200)}`)).toBe(1)
    expect(sampleOf(text, `longshore_request_seconds_count${about('/v1/grants', 404)}`)).toBe(1)
    const refused = 'longshore_refusals_total{route="/v1/grants",status="404",code="unknown_purpose"}'
    expect(sampleOf(text, refused)).toBe(1)
    const labels = '{purpose="drop",kind="federation_token"}'
    expect(sampleOf(text, `longshore_grants_total${labels}`)).toBe(1)
    expect(sampleOf(text, `longshore_granted_files_total${labels}`)).toBe(2)
    expect(sampleOf(text, `longshore_granted_bytes_total${labels}`)).toBe(11)
    expect(sampleOf(text, 'longshore_confirmed_objects_total{outcome="absent"}')).toBe(1)
    const sts = '{service="sts",operation="GetFederationToken",outcome="ok"}'
    expect(sampleOf(text, `longshore_aws_call_seconds_count${sts}`)).toBe(1)
    expect(sampleOf(text, 'process_cpu_seconds_total')).toBeGreaterThan(0)
    for (const personal of ['user-1', keys[0]?.key ?? '', 'token-of-one']) expect(text).not.toContain(personal)
  })

  test('counts what became of webhooks', async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
    const { get, grant, confirm } = await broker({ webhooks: [{ url: await server(200), secret }] })
    const granted = await grant()
    await putFiles(store, granted)
    await confirm(
      granted.grant,
      granted.keys.map(({ key }) => ({ key, size: fileBytes.length, crc32: null })),
    )
    await expect
      .poll(async () => sampleOf((await get('/metrics')).text, 'longshore_webhooks_total{outcome="delivered"}'))
      .toBe(1)
  })

  test('has no series for each address that somebody tries', async () => {
    const { get } = await broker()
    for (const path of ['/a', '/b?c=d', '/v1/grants/x']) await get(path)
    const { text } = await get('/metrics')
    expect(sampleOf(text, 'longshore_request_seconds_count{method="GET",route="",status="404"}')).toBe(3)
  })

  test('may have a port of its own, and then is not where everybody can ask', async () => {
    const { get, metricsUrl } = await broker({ metricsPort: 0 })
    expect((await get('/metrics')).status).toBe(404)
    expect((await get('/metrics', metricsUrl)).status).toBe(200)
  })
})

describe('/v1/openapi.json', () => {
  test('is valid OpenAPI 3.1, and describes every route with a summary and its refusals', async () => {
    const { get } = await broker()
    const document = JSON.parse((await get('/v1/openapi.json')).text)
    const { valid, errors } = await new Validator().validate(structuredClone(document))
    expect(errors ?? []).toEqual([])
    expect(valid).toBe(true)
    expect(document.openapi).toBe('3.1.0')
    for (const path of ['/v1/grants', '/v1/grants/renew', '/v1/confirm', '/v1/purposes', '/readyz'])
      expect(Object.keys(document.paths)).toContain(path)
    const routes = Object.entries<Record<string, { summary?: string; tags?: string[]; responses: object }>>(
      document.paths,
    )
    const described = routes.flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { summary, tags = [], responses }]) => ({
        route: `${method} ${path}`,
        summary,
        tags,
        responses,
      })),
    )
    expect(described.filter(({ summary }) => !summary).map(({ route }) => route)).toEqual([])
    const operating = described.filter(({ tags }) => tags.includes('operating')).map(({ route }) => route)
    expect(operating).toEqual(['get /healthz', 'get /readyz'])
    for (const { responses } of described)
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['4XX', '5XX']))
  })

  test('says which routes need a token', async () => {
    const { get } = await broker()
    const { security, paths } = JSON.parse((await get('/v1/openapi.json')).text)
    expect(security).toEqual([{ bearer: [] }])
    expect(paths['/v1/about'].get.security).toEqual([])
    expect(paths['/v1/grants'].post).not.toHaveProperty('security')
  })

  test('has a page, all of which comes from the broker under a policy that allows nothing else', async () => {
    const { get } = await broker()
    const page = await get('/v1/docs')
    expect(page.status).toBe(200)
    const policy = page.headers.get('content-security-policy')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self';")
    const referred = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address)
    expect(referred.length).toBeGreaterThan(3)
    for (const address of referred) {
      const { status, headers } = await get(address)
      expect([address, status, headers.get('content-security-policy')]).toEqual([address, 200, policy])
    }
    expect(page.text).not.toMatch(/<script>|<style>|on\w+=/)
  })

  test('is a page that a browser shows without a complaint, and without asking anybody else', async () => {
    const { url } = await broker()
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'],
    })
    onTestFinished(() => browser.close())
    const page = await browser.newPage()
    const [complaints, asked]: [string[], string[]] = [[], []]
    page.on('console', (message) => complaints.push(message.text()))
    page.on('request', (request) => asked.push(request.url()))
    await page.goto(`${url}/v1/docs`)
    await page.getByText('/v1/grants/renew').waitFor()
    expect(await page.title()).toBe('Longshore broker')
    expect(await page.getByText('Explore').count()).toBe(0)
    expect(complaints).toEqual([])
    expect(asked.filter((address) => !address.startsWith(url) && !address.startsWith('data:'))).toEqual([])
  })
})

test('an answer names its request, and the audit the address that a trusted proxy tells', async () => {
  const asked = { headers: { 'x-forwarded-for': '203.0.113.7' } }
  const trusting = await broker({ trustedProxies: ['127.0.0.0/8'] })
  const answer = await fetch(`${trusting.url}/v1/purposes`, asked)
  const line = trusting.lines.map((text) => JSON.parse(text)).find(({ audit }) => audit !== undefined)
  expect(line).toMatchObject({ ip: '203.0.113.7', reqId: answer.headers.get('x-request-id') })
  const doubting = await broker()
  await fetch(`${doubting.url}/v1/purposes`, asked)
  expect(doubting.lines.join('')).toContain('"ip":"127.0.0.1"')
  expect(doubting.lines.join('')).not.toContain('203.0.113.7')
})

test('grants that uploads can outlive are warned of at the start', async () => {
  const { lines } = await broker({ renewDays: 1 })
  expect(lines.join('')).toContain('set renewDays to 2 at least')
  const { lines: usual } = await broker()
  expect(usual.join('')).not.toContain('renewDays')
})
