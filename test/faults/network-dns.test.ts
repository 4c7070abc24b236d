import dns from 'node:dns'
import { afterEach, expect, test, vi } from 'vitest'
import { showing } from '../support/reliability.ts'
import { only, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'

/** The only name that is asked for here is the store's. */
const storeHost = 'localhost'

afterEach(() => vi.restoreAllMocks())

/** From now on the store's name leads nowhere. */
function loseName(): void {
  const { lookup } = dns
  const lookupOrFail = (host: string, ...others: unknown[]) => {
    if (host !== storeHost) return Reflect.apply(lookup, dns, [host, ...others])
    const answer = others.at(-1) as (error: Error) => void
    const error = new Error(`getaddrinfo ENOTFOUND ${host}`)
    setImmediate(() => answer(Object.assign(error, { code: 'ENOTFOUND', syscall: 'getaddrinfo', hostname: host })))
  }
  vi.spyOn(dns, 'lookup').mockImplementation(lookupOrFail as typeof lookup)
}

test('a name that leads nowhere holds the queue, and all goes on when it does again', async ({ task }) => {
  const shown = showing(task, {
    fault: 'DNS gone',
    moment: 'UploadPart',
    outcome: 'held, completed by itself',
  })
  await using lab = await startSmallLab({
    between: async (endpoint) => endpoint.replace('127.0.0.1', storeHost),
    emulator: { bytesPerSecond: 4 * smallPart },
  })
  const { engine, path, settled } = await sendFilm(lab, { parts: 12, random: Math.random })
  for (const acknowledged of [1, 4, 7]) {
    await engine.until(([row]) => (row?.acknowledged ?? 0) >= acknowledged * smallPart)
    loseName()
    // connections that are open would go on without a name
    engine.machine('online')
    const held = only(await engine.until((_, { hold, counts }) => hold?.kind === 'offline' && counts.active === 0))
    expect(held).toMatchObject({ state: 'queued', activity: 'waiting', attempts: 0, failure: null })
    shown.happened()
    vi.restoreAllMocks()
    const begin = performance.now()
    await engine.until((_, { hold }) => hold === null)
    expect(performance.now() - begin).toBeLessThan(10_000)
  }
  expect(await settled()).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
  await shown.ends(lab, [path])
})
