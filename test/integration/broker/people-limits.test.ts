import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { BrokerConfig } from '../../../src/broker/config/config.ts'
import { requestRate } from '../../../src/broker/people/request-rate.ts'
import { createBrokerClient } from '../../../src/main/engine/broker/broker-client.ts'
import { createGrants } from '../../../src/main/engine/db/grants.ts'
import { obtainGrant } from '../../../src/main/engine/transfers/obtain-grant.ts'
import { Permissions } from '../../../src/main/engine/transfers/permissions.ts'
import type { Transfer } from '../../../src/main/engine/transfers/state.ts'
import { deviceHeader, grantResponseSchema, problemSchema } from '../../../src/shared/broker-api.ts'
import { noFolders } from '../../support/builders.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { startRedis } from '../../support/redis.ts'
import { temporaryQueue } from '../../support/temporary-queue.ts'
import { configFor, crc32Of, file, runningBroker, runningStore, type Store } from './running-broker.ts'

const day = 86_400_000
const hour = 3_600_000

let store: Store
let redis: Awaited<ReturnType<typeof startRedis>>
const brokers: Awaited<ReturnType<typeof runningBroker>>[] = []
let ahead = 0
beforeAll(async () => {
  store = await runningStore()
  redis = await startRedis()
})
afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close()
  ahead = 0
})
afterAll(async () => {
  await redis.close()
  await store.close()
})

const person = 'token-of-one'
const start = async (config: Partial<BrokerConfig>) => {
  const broker = await runningBroker({ ...configFor(store.emulator), ...config }, () => Date.now() + ahead)
  brokers.push(broker)
  const ask = async (
    path: string,
    { token = person, device, body }: { token?: string; device?: string; body?: object } = {},
  ) => {
    const answer = await fetch(broker.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        ...(device !== undefined && { [deviceHeader]: device }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const json = await answer.json()
    const problem = problemSchema.safeParse(json)
    const retryAfter = answer.headers.get('retry-after')
    return {
      status: answer.status,
      code: problem.success ? problem.data.code : null,
      retryAfter: retryAfter === null ? null : Number(retryAfter),
      json,
    }
  }
  return {
    ...broker,
    ask,
    look: async (who: { token?: string; device?: string } = {}) => (await ask('/v1/purposes', who)).status,
    send: (files: object[], who: { token?: string; device?: string } = {}) =>
      ask('/v1/grants', { ...who, body: { purpose: 'drop', files } }),
    connected: () =>
      expect
        .poll(async () => (await ask('/readyz')).json, { timeout: 15_000, interval: 200 })
        .toMatchObject({
          dependencies: { redis: 'ok' },
        }),
  }
}
const ofUser = (limits: object) => ({ limits: { user: limits } })

describe('requests', () => {
  it('are refused beyond those of a minute, with the wait until it is over; others are not', async () => {
    const { ask, look } = await start(ofUser({ requestsPerMinute: 2 }))
    expect([await look(), await look()]).toEqual([200, 200])
    const refused = await ask('/v1/purposes')
    expect(refused).toMatchObject({ status: 429, code: 'too_many_requests' })
    expect(refused.retryAfter).toBeGreaterThan(50)
    expect(refused.retryAfter).toBeLessThanOrEqual(60)
    expect(await look({ token: 'token-of-two' })).toBe(200)
  })

  it('are counted for each device, whoever does not say which being one', async () => {
    const { look } = await start({ limits: { device: { requestsPerMinute: 1 } } })
    const [one, other] = [crypto.randomUUID(), crypto.randomUUID()]
    expect([await look({ device: one }), await look({ device: one.toUpperCase() })]).toEqual([200, 429])
    expect([await look({ device: other }), await look({ device: one, token: 'token-of-two' })]).toEqual([200, 200])
    expect([await look(), await look()]).toEqual([200, 429])
  })

  it('are not counted for those who are not signed in, nor for what is open to anyone', async () => {
    const { look, ask } = await start(ofUser({ requestsPerMinute: 1 }))
    expect([await look({ token: 'nobody' }), await look({ token: 'nobody' })]).toEqual([401, 401])
    expect((await ask('/v1/about')).status).toBe(200)
    expect([await look(), await look()]).toEqual([200, 429])
  })

  it('with a device that is none are refused as wrong', async () => {
    const { ask } = await start({})
    expect(await ask('/v1/purposes', { device: 'my laptop' })).toMatchObject({
      status: 400,
      json: { code: 'invalid_request', errors: [{ path: 'longshore-device', message: 'must be a UUID' }] },
    })
  })

  it('are counted by all replicas together', async () => {
    const config = { ...ofUser({ requestsPerMinute: 3 }), redisUrl: redis.url }
    const [one, other] = [await start(config), await start(config)]
    await one.connected()
    await other.connected()
    const asked = [await one.look(), await other.look(), await one.look(), await other.look(), await one.look()]
    expect(asked.filter((status) => status === 200).length).toBeLessThanOrEqual(3)
    expect(asked.slice(3)).toEqual([429, 429])
  })
})

describe('a rate', () => {
  it('without replicas begins anew when its minute is over', async () => {
    vi.useFakeTimers()
    try {
      const rate = requestRate('user', 1, null)
      expect([await rate('a'), await rate('b')]).toEqual([null, null])
      expect(await rate('a')).toBe(60_000)
      vi.advanceTimersByTime(59_000)
      expect(await rate('a')).toBe(1_000)
      vi.advanceTimersByTime(1_000)
      expect(await rate('a')).toBeNull()
    } finally {
      vi.useRealTimers()
    }
  })
})

describe.each([
  ['alone', () => ({})],
  ['with Redis', () => ({ redisUrl: redis.url })],
])('files of a day, %s', (_name, more) => {
  const ofDevice = () => ({ token: person, device: crypto.randomUUID() })
  /** Each test is one device's, since what Redis counted stays. */
  const startLimited = async (limits: object) => {
    const broker = await start({ limits: { device: limits }, ...more() })
    return { ...broker, device: ofDevice() }
  }

  it('are refused beyond their number until midnight UTC, and go on then', async () => {
    const { send, device } = await startLimited({ filesPerDay: 3 })
    ahead = day - (Date.now() % day) + day - hour
    const first = [file(), file()]
    expect((await send(first, device)).status).toBe(200)
    const refused = await send([file(), file()], device)
    expect(refused).toMatchObject({ status: 429, code: 'daily_limit' })
    expect(refused.retryAfter).toBeGreaterThan(3_500)
    expect(refused.retryAfter).toBeLessThanOrEqual(3_600)
    expect((await send([file()], device)).status).toBe(200)
    ahead += hour
    expect((await send([file(), file()], device)).status).toBe(200)
  })

  it('are counted once, however often they are asked for', async () => {
    const { send, device } = await startLimited({ filesPerDay: 2 })
    const files = [file(), file()]
    for (const _ of files) expect((await send(files, device)).status).toBe(200)
    expect((await send([file()], device)).code).toBe('daily_limit')
    expect((await send(files, device)).status).toBe(200)
  })

  it('are refused beyond their bytes; one that can never fit is told so', async () => {
    const { send, device } = await startLimited({ bytesPerDay: 100 })
    expect((await send([file({ size: 60 })], device)).status).toBe(200)
    expect(await send([file({ size: 41 })], device)).toMatchObject({ status: 429, code: 'daily_limit' })
    expect((await send([file({ size: 40 })], device)).status).toBe(200)
    expect(await send([file({ size: 1 }), file({ size: 101 })], device)).toMatchObject({
      status: 413,
      json: { code: 'too_large', errors: [{ path: '/files/1/size', message: 'at most 100 bytes a day' }] },
    })
  })

  it('are not counted where the request is refused for another reason', async () => {
    const { ask, send, device } = await startLimited({ filesPerDay: 1 })
    const body = { purpose: 'no such', files: [file()] }
    expect((await ask('/v1/grants', { ...device, body })).status).toBe(404)
    expect((await send([file()], device)).status).toBe(200)
  })
})

describe.each([
  ['alone', () => ({})],
  ['with Redis', () => ({ redisUrl: redis.url })],
])('a day of what the broker signs, %s', (_name, more) => {
  const signing = { name: 'signed', label: 'Signed', kind: 'presigned_multipart' } as const
  const facts = { contentType: 'text/plain', metadata: {} }
  const body = (size: number) => ({ size, crc32: crc32Of(Buffer.from('any')), md5: null })

  const startSigning = async (limits: object) => {
    const who = { device: crypto.randomUUID() }
    const broker = await start({
      limits: { device: limits },
      purposes: [signing, { name: 'drop', label: 'Drop' }],
      ...more(),
    })
    const grant = (files = [file()], purpose = 'signed') =>
      broker.ask('/v1/grants', { ...who, body: { purpose, files } })
    const object = async (size: number) => {
      const { grant: token, keys } = grantResponseSchema.parse((await grant([file({ size })])).json)
      return { grant: token, key: keys[0]?.key ?? '' }
    }
    const upload = async (call: string, asked: object) => {
      const { code, json } = await broker.ask(`/v1/uploads/${call}`, { ...who, body: asked })
      return { code, json: json as { uploadId?: string } }
    }
    const codeOf = async (call: string, asked: object) => (await upload(call, asked)).code
    return {
      grant,
      object,
      codeOf,
      put: (place: object, size: number) => codeOf('put', { ...place, ...facts, ...body(size), createOnly: false }),
      create: (place: object, size: number) => upload('create', { ...place, ...facts, size, fullObject: true }),
    }
  }

  it('counts each key that is sent, whatever the grant was asked for', async () => {
    const { object, put, create, grant } = await startSigning({ filesPerDay: 2, bytesPerDay: 100 })
    const place = await object(1)
    expect([await put(place, 60), await put(place, 60)]).toEqual([null, null])
    expect(await put({ ...place, key: `${place.key}-2` }, 41)).toBe('daily_limit')
    expect((await create({ ...place, key: `${place.key}-2` }, 40)).code).toBeNull()
    expect(await put({ ...place, key: `${place.key}-3` }, 0)).toBe('daily_limit')
    expect((await grant()).code).toBe('daily_limit')
  })

  it('counts a file that was granted when it is sent, and once', async () => {
    const { grant, object, put } = await startSigning({ filesPerDay: 1 })
    for (let time = 0; time < 3; time += 1) expect((await grant()).status).toBe(200)
    const place = await object(11)
    expect([await put(place, 11), await put(place, 11)]).toEqual([null, null])
    expect((await grant()).code).toBe('daily_limit')
  })

  it('counts nothing of what is refused for another reason', async () => {
    const { object, put } = await startSigning({ filesPerDay: 1 })
    const place = await object(11)
    expect(await put({ ...place, grant: 'forged' }, 11)).toBe('grant_invalid')
    expect(await put({ ...place, key: 'elsewhere' }, 11)).toBe('invalid_request')
    expect(await put(place, 11)).toBeNull()
  })

  it('tells of an object that can never fit, at whatever it is asked', async () => {
    const { object, put, create } = await startSigning({ bytesPerDay: 100 })
    const place = await object(100)
    expect([await put(place, 101), (await create(place, 101)).code]).toEqual(['too_large', 'too_large'])
  })

  it('counts the parts that are signed, each once, where they are more than was said', async () => {
    const { object, create, codeOf } = await startSigning({ bytesPerDay: 100 })
    const place = await object(20)
    const { uploadId } = (await create(place, 20)).json
    const sign = (partNumber: number, size: number) =>
      codeOf('sign', { ...place, uploadId, parts: [{ partNumber, ...body(size) }] })
    for (let time = 0; time < 20; time += 1) expect(await sign(1, 20)).toBeNull()
    expect(await sign(2, 80)).toBeNull()
    expect(await sign(3, 1)).toBe('daily_limit')
  })

  it('lets an upload of a key be begun 20 times', async () => {
    const { object, create } = await startSigning({ filesPerDay: 1 })
    const place = await object(1)
    for (let time = 0; time < 20; time += 1) expect((await create(place, 1)).code).toBeNull()
    expect((await create(place, 1)).code).toBe('daily_limit')
  })

  it('has one key for each file that was counted, in whatever order or for whatever purpose they are named', async () => {
    const { grant } = await startSigning({ filesPerDay: 2 })
    const [one, other] = [file(), file()]
    expect((await grant([one, other], 'drop')).status).toBe(200)
    expect((await grant([one, other], 'drop')).status).toBe(200)
    expect((await grant([other, one], 'drop')).code).toBe('daily_limit')
    expect((await grant([one], 'signed')).code).toBe('daily_limit')
  })
})

describe('limits of a person', () => {
  it('are for all their devices together', async () => {
    const { send } = await start(ofUser({ filesPerDay: 1 }))
    expect((await send([file()], { device: crypto.randomUUID() })).status).toBe(200)
    expect((await send([file()], { device: crypto.randomUUID() })).code).toBe('daily_limit')
    expect((await send([file()], { token: 'token-of-two' })).status).toBe(200)
  })
})

describe('the app', () => {
  it('sends what a day allows and lets the rest wait, without an attempt, until the next one', async () => {
    const { url } = await start({ ...ofUser({ filesPerDay: 3 }), purposes: [{ name: 'inbox', label: 'Inbox' }] })
    const { accountId, database, transfers, clock, addFile, row } = temporaryQueue()
    const client = createBrokerClient(url, { token: person, device: crypto.randomUUID() }, Date.now)
    const permissions = new Permissions(
      accountId,
      client,
      createGrants(database),
      () => ({ store: memoryStore().store, isReady: () => true }),
      () => {},
      noFolders,
    )
    const obtain = () =>
      obtainGrant(
        { id: accountId, permissions },
        { accountId, purpose: 'inbox', folderId: null },
        {
          ...{ transfers, now: () => clock.now, random: () => 0.5, isCurrent: () => true },
        },
      )
    const rows: Transfer[] = []
    for (let number = 0; number < 7; number += 1) rows.push(await addFile(`content ${number}`))
    const granted = () => rows.filter(({ id }) => row(id).key !== null).length

    expect([await obtain(), granted()]).toEqual([null, 3])
    const waiting = rows.map(({ id }) => row(id)).filter(({ key }) => key === null)
    const failure = { kind: 'daily_limit', detail: 'daily_limit' }
    expect(waiting).toMatchObject(waiting.map(() => ({ state: 'queued', attempts: 0, failure })))
    ahead = day
    clock.now = Math.max(...waiting.map(({ retryAt }) => retryAt))
    expect([await obtain(), granted()]).toEqual([null, 6])
  })
})

describe('while Redis is away', () => {
  it('rates are counted by each replica, days are not granted, and what was granted goes on', async () => {
    let own = await startRedis()
    try {
      const { ask, grant, renew, confirm, send, look, connected, lines } = await start({
        limits: { user: { requestsPerMinute: 1_000, filesPerDay: 100 } },
        redisUrl: own.url,
      })
      await connected()
      const granted = await grant()
      await own.close()
      expect(await send([file()])).toMatchObject({ status: 503, code: 'unavailable', retryAfter: 5 })
      await expect
        .poll(async () => (await ask('/readyz')).json, { timeout: 15_000 })
        .toMatchObject({
          status: 'ready',
          dependencies: { redis: 'down' },
        })
      expect((await renew(granted.grant)).grant).toEqual(expect.any(String))
      const key = granted.keys[0]?.key ?? ''
      expect(await confirm(granted.grant, [{ key, size: 11, crc32: null }])).toEqual([{ key, outcome: 'absent' }])
      expect(await look()).toBe(200)
      expect(lines.some((line) => line.includes('Redis does not answer') && line.includes('ECONNREFUSED'))).toBe(true)
      own = await startRedis(own.port)
      await expect.poll(async () => (await send([file()])).status, { timeout: 15_000, interval: 200 }).toBe(200)
    } finally {
      await own.close()
    }
  })

  it('a broker starts all the same, and ends', async () => {
    const own = await startRedis()
    await own.close()
    const { look, close } = await start({ limits: { user: { requestsPerMinute: 1 } }, redisUrl: own.url })
    expect([await look(), await look()]).toEqual([200, 429])
    await close()
  })
})
