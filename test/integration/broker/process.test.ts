import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { waitFor } from '../../../scripts/wait-for.ts'

const main = join(import.meta.dirname, '../../../src/broker/main.ts')
const signingSecret = 'a secret of the tests, 32 bytes long'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longshore-broker-'))
})
afterAll(() => rm(folder, { recursive: true }))

const start = async (config: object, environment: Record<string, string> = {}, words: readonly string[] = []) => {
  const file = join(folder, 'broker.json')
  await writeFile(file, JSON.stringify(config))
  const child = spawn(process.execPath, [main, ...words], {
    env: { ...process.env, LONGSHORE_BROKER_CONFIG: file, LONGSHORE_SIGNING_SECRET: signingSecret, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { child, errors: text(child.stderr), exit: once(child, 'exit') }
}
const firstLine = async (child: ChildProcess): Promise<string> => {
  if (!child.stdout) throw new Error('no standard output')
  for await (const line of createInterface(child.stdout)) return line
  throw new Error('ended without a line')
}
const config = {
  port: 0,
  tokens: [{ token: 'token-of-one', subject: 'user-1', label: 'One' }],
  store: { bucket: 'uploads', region: 'eu-central-1' },
  purposes: [{ name: 'drop', label: 'Drop' }],
}

it('says in one line that it is ready, answers, and ends with 0 at SIGTERM', async () => {
  const { child, errors, exit } = await start(config)
  try {
    const ready = JSON.parse(await firstLine(child))
    expect(ready).toEqual({ ready: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
    expect((await fetch(`${ready.url}/v1/about`)).status).toBe(200)
    const refused = await fetch(`${ready.url}/v1/purposes`, { headers: { authorization: 'Bearer a-wrong-token' } })
    expect(refused.status).toBe(401)
  } finally {
    child.kill('SIGTERM')
  }
  expect(await exit).toEqual([0, null])
  const log = await errors
  expect(log).toContain('"code":"unauthenticated"')
  for (const secret of [signingSecret, 'token-of-one', 'a-wrong-token']) expect(log).not.toContain(secret)
})

it('tells a client over the wire that 10 MB are too many', async () => {
  const { child, exit } = await start(config)
  try {
    const { url } = JSON.parse(await firstLine(child))
    const answer = await fetch(`${url}/v1/grants`, {
      method: 'POST',
      headers: { authorization: 'Bearer token-of-one', 'content-type': 'application/json' },
      body: JSON.stringify({ purpose: 'a'.repeat(10_000_000) }),
    })
    expect(answer.status).toBe(413)
    expect(await answer.json()).toMatchObject({ code: 'invalid_request' })
  } finally {
    child.kill('SIGTERM')
  }
  expect(await exit).toEqual([0, null])
})

it('ends with 1 and names each field that is wrong', async () => {
  const { errors, exit } = await start({ ...config, port: -1, store: {} }, { LONGSHORE_SIGNING_SECRET: 'short' })
  expect(await exit).toEqual([1, null])
  const fields = (await errors)
    .trim()
    .split('\n')
    .map((line) => line.split(': ')[0])
  expect(fields.sort()).toEqual(['port', 'signingSecret', 'store.bucket', 'store.region'])
})

it('ends at once at a second signal, though it was to wait', async () => {
  const { child, exit } = await start({ ...config, drainSeconds: 300 })
  const { url } = JSON.parse(await firstLine(child))
  child.kill('SIGTERM')
  await waitFor(
    'it to be closing',
    5_000,
    async () => (await (await fetch(`${url}/readyz`)).json()).status === 'closing',
  )
  child.kill('SIGTERM')
  expect(await exit).toEqual([143, null])
})

it('prints where the metrics are, where they have a port of their own', async () => {
  const { child, exit } = await start({ ...config, metricsPort: 0 })
  try {
    const { metricsUrl } = JSON.parse(await firstLine(child))
    expect(await (await fetch(`${metricsUrl}/metrics`)).text()).toContain('nodejs_version_info')
  } finally {
    child.kill('SIGTERM')
  }
  expect(await exit).toEqual([0, null])
})

it('checks in place of serving, and ends with 1 where something is wrong', async () => {
  const broken = {
    ...config,
    store: { ...config.store, endpoint: 'http://127.0.0.1:1' },
    sts: { endpoint: 'http://127.0.0.1:1' },
  }
  const credentials = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' }
  const { child, exit } = await start(broken, credentials, ['check', '--json'])
  const { ok, findings } = JSON.parse(await firstLine(child))
  expect(ok).toBe(false)
  expect(findings).toContainEqual(expect.objectContaining({ check: 'bucket uploads', state: 'wrong' }))
  expect(await exit).toEqual([1, null])
})

it.each([['serve me'], ['check', '--fox'], ['--fix'], ['check', 'twice']])('refuses the words %s', async (...words) => {
  const { errors, exit } = await start(config, {}, words)
  expect(await exit).toEqual([2, null])
  expect(await errors).toContain('Usage: npm run broker')
})

it('prints its words on standard output when asked, and ends with 0', async () => {
  const { child, exit } = await start(config, {}, ['--help'])
  expect(await firstLine(child)).toContain('Usage: npm run broker')
  expect(await exit).toEqual([0, null])
})

it.each(['port', 'metricsPort'])('ends with 1 and says that its %s is in use', async (field) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  try {
    const { port } = taken.address() as AddressInfo
    const { errors, exit } = await start({ ...config, metricsPort: 0, [field]: port })
    expect(await exit).toEqual([1, null])
    expect(await errors).toContain(`${field}: ${port} is in use\n`)
  } finally {
    taken.close()
  }
})

it('says in its log that it found no AWS keys, and where to set them', async () => {
  const found = Object.keys(process.env).filter((name) => name.startsWith('AWS_'))
  const nowhere = { AWS_EC2_METADATA_DISABLED: 'true', AWS_SHARED_CREDENTIALS_FILE: folder, AWS_CONFIG_FILE: folder }
  const { child, errors, exit } = await start(config, {
    ...Object.fromEntries(found.map((name) => [name, ''])),
    ...nowhere,
  })
  await firstLine(child)
  child.kill('SIGTERM')
  expect(await exit).toEqual([0, null])
  expect(await errors).toContain('no AWS keys: set AWS_ACCESS_KEY_ID')
})
