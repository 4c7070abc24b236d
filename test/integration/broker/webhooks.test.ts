import Fastify from 'fastify'
import { createLocalJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createReceipts } from '../../../src/broker/objects/receipts.ts'
import { createWebhooks } from '../../../src/broker/objects/webhooks.ts'
import { until } from '../../support/until.ts'
import {
  configFor,
  crc32Of,
  file,
  fileBytes,
  putFiles,
  runningBroker,
  runningStore,
  type Store,
} from './running-broker.ts'
import { answers, secret, webhookReceiver } from './webhook-receiver.ts'

const size = fileBytes.length

const purposes = [
  { name: 'drop', label: 'Drop' },
  { name: 'small', label: 'Small files' },
]

const auditsOf = (lines: readonly string[], event: string) =>
  lines.flatMap((line) => JSON.parse(line).audit ?? []).filter((entry) => entry.event === event)

describe('a confirmed object', () => {
  let store: Store
  beforeAll(async () => {
    store = await runningStore()
  })
  afterAll(async () => store?.close())

  /** A broker with webhooks, and objects that were uploaded under a grant of it. */
  const sceneWith = async (webhooks: { url: string; secret: string; purposes?: string[] }[], count = 1) => {
    const broker = await runningBroker({ ...configFor(store.emulator), purposes, webhooks })
    const granted = await broker.grant(Array.from({ length: count }, () => file()))
    await putFiles(store, granted)
    const { grant, keys } = granted
    const objects = keys.map(({ key }) => ({ key, size, crc32: crc32Of(fileBytes) }))
    return {
      ...broker,
      grantToken: grant,
      objects,
      confirmAll: () => broker.confirm(grant, objects),
      [Symbol.asyncDispose]: broker.close,
    }
  }

  it('is told of by one signed event, with its receipt, and so is each other one', async () => {
    await using receiver = await webhookReceiver()
    await using scene = await sceneWith([{ url: receiver.url, secret }], 3)
    const confirmed = await scene.confirmAll()
    await until(() => receiver.received.length === 3)
    expect(receiver.refused).toEqual([])
    const keySet = createLocalJWKSet(await createReceipts(configFor(store.emulator).signingSecret).keys())
    for (const { event } of receiver.received) {
      const { receipt, ...claims } = event.data
      const object = confirmed.find(({ key }) => key === claims.key)
      expect(object).toMatchObject({ outcome: 'same', receipt })
      expect((await jwtVerify(String(receipt), keySet)).payload).toEqual(claims)
      expect(event).toEqual({
        type: 'object.confirmed',
        timestamp: new Date(Number(claims.seenAt)).toISOString(),
        data: expect.objectContaining({ sub: 'user-1', purpose: 'drop', size }),
      })
    }
    expect(receiver.received.map(({ event }) => event.data.key).sort()).toEqual(
      scene.objects.map(({ key }) => key).sort(),
    )
  })

  it('has the same id when it is told of again, and another object has another', async () => {
    await using receiver = await webhookReceiver()
    await using scene = await sceneWith([{ url: receiver.url, secret }], 2)
    await scene.confirmAll()
    await until(() => receiver.received.length === 2)
    while (receiver.received.length < 4) await scene.confirmAll()
    const idsOf = (wanted: string | undefined) =>
      new Set(receiver.received.filter(({ event }) => event.data.key === wanted).map(({ id }) => id))
    const [first, second] = scene.objects.map(({ key }) => idsOf(key))
    expect([first?.size, second?.size]).toEqual([1, 1])
    expect(first).not.toEqual(second)
  })

  it('is told of to whom its purpose concerns, and not at all where it is different or absent', async () => {
    await using concerned = await webhookReceiver()
    await using other = await webhookReceiver()
    await using scene = await sceneWith(
      [
        { url: other.url, secret, purposes: ['small'] },
        { url: concerned.url, secret, purposes: ['drop', 'small'] },
      ],
      2,
    )
    const [one] = scene.objects
    if (one !== undefined) one.size += 1
    await scene.confirmAll()
    await until(() => concerned.received.length === 1)
    await scene.close()
    expect(concerned.received.map(({ event }) => event.data.key)).toEqual([scene.objects[1]?.key])
    expect(other.calls()).toBe(0)
  })

  it('is told of once while it waits, however often it is confirmed', async () => {
    await using receiver = await webhookReceiver([answers.hanging])
    const scene = await sceneWith([{ url: receiver.url, secret }])
    for (let time = 0; time < 3; time += 1) await scene.confirmAll()
    await until(() => receiver.calls() === 1)
    await scene.close()
    expect(auditsOf(scene.lines, 'webhook_lost')).toHaveLength(1)
  })

  it('is told of although the client left before it had its answer', async () => {
    await using receiver = await webhookReceiver()
    await using scene = await sceneWith([{ url: receiver.url, secret }])
    const held = store.emulator.faults.add({
      match: { operation: 'HeadObject', times: 1 },
      fault: { kind: 'hold', when: 'after' },
    })
    const leaving = new AbortController()
    const answer = fetch(`${scene.url}/v1/confirm`, {
      method: 'POST',
      headers: { authorization: 'Bearer token-of-one', 'content-type': 'application/json' },
      body: JSON.stringify({ grant: scene.grantToken, objects: scene.objects }),
      signal: leaving.signal,
    })
    await held.reached
    leaving.abort()
    await expect(answer).rejects.toThrow()
    // by then the broker knows that the client has gone
    await fetch(`${scene.url}/v1/about`)
    held.remove()
    await until(() => receiver.received.length === 1)
  })

  it('is answered at once while a receiver hangs, which the broker’s end waits for a few seconds only', async () => {
    await using receiver = await webhookReceiver([answers.hanging])
    const scene = await sceneWith([{ url: receiver.url, secret }])
    expect(await scene.confirmAll()).toMatchObject([{ outcome: 'same' }])
    await until(() => receiver.calls() === 1)
    await scene.close()
    expect(auditsOf(scene.lines, 'webhook_lost')).toMatchObject([{ reason: 'closing', key: scene.objects[0]?.key }])
  })

  it('leaves no secret of the receiver, and no receipt, in the log', async () => {
    await using receiver = await webhookReceiver([answers.gone])
    await using scene = await sceneWith([{ url: receiver.url, secret }])
    const [object] = await scene.confirmAll()
    await until(() => auditsOf(scene.lines, 'webhook_lost').length === 1)
    const written = scene.lines.join('')
    expect(written).toContain(new URL(receiver.url).host)
    for (const text of [secret, 'of-the-receiver', object?.outcome === 'same' ? object.receipt : ''])
      expect(written).not.toContain(text)
  })
})

describe('an event', () => {
  const claims = {
    sub: 'user-1',
    grantId: 'grant-1',
    purpose: 'drop',
    bucket: 'uploads',
    region: 'eu-central-1',
    key: 'drops/1/a',
    size,
    etag: 'e',
    crc32: null,
    versionId: null,
    seenAt: 1_767_225_600_000,
  }

  /** Webhooks whose tries follow each other within milliseconds. */
  const quickWebhooks = (url: string, times: Partial<{ call: number; waits: number[]; closing: number }> = {}) => {
    const lines: string[] = []
    const { log } = Fastify({ logger: { stream: { write: (line) => lines.push(line) } } })
    const webhooks = createWebhooks({
      webhooks: [{ url, secret }],
      now: Date.now,
      random: () => 0,
      times: { call: 5_000, waits: [2, 4, 8], closing: 5_000, ...times },
    })
    return {
      tell: (key = 'drops/1/a') => webhooks.tell(log, { claims: { ...claims, key }, receipt: 'eyJ…' }),
      close: webhooks.close,
      losses: () => auditsOf(lines, 'webhook_lost'),
      [Symbol.asyncDispose]: webhooks.close,
    }
  }

  it('is sent again, with the same id and a fresh signature, until it is taken', async () => {
    await using receiver = await webhookReceiver([answers.failure, answers.failure, answers.taken])
    await using webhooks = quickWebhooks(receiver.url)
    webhooks.tell()
    await until(() => receiver.received.length === 3)
    await webhooks.close()
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(1)
    expect([receiver.calls(), receiver.refused, webhooks.losses()]).toEqual([3, [], []])
  })

  it('that nobody takes is lost after the last try, and the audit says so', async () => {
    await using receiver = await webhookReceiver([answers.failure])
    await using webhooks = quickWebhooks(receiver.url)
    webhooks.tell()
    await until(() => webhooks.losses().length === 1)
    expect(receiver.calls()).toBe(4)
    expect(webhooks.losses()).toEqual([
      {
        event: 'webhook_lost',
        subject: 'user-1',
        grantId: 'grant-1',
        bucket: 'uploads',
        key: 'drops/1/a',
        webhookId: receiver.received[0]?.id,
        receiver: new URL(receiver.url).host,
        reason: 'refused',
        status: 500,
      },
    ])
  })

  it('whose receiver hangs or is away is tried again, and then lost', async () => {
    await using receiver = await webhookReceiver([answers.hanging])
    // long enough for each call to arrive
    await using hanging = quickWebhooks(receiver.url, { call: 500 })
    hanging.tell()
    await until(() => hanging.losses().length === 1)
    expect(receiver.calls()).toBe(4)
    await using away = quickWebhooks('http://127.0.0.1:9/')
    away.tell()
    await until(() => away.losses().length === 1)
    for (const { losses } of [hanging, away]) expect(losses()).toMatchObject([{ reason: 'unreachable', status: null }])
  })

  it('is never carried on to where a receiver redirects it', async () => {
    await using elsewhere = await webhookReceiver()
    await using receiver = await webhookReceiver([answers.redirectTo(elsewhere.url)])
    await using webhooks = quickWebhooks(receiver.url)
    webhooks.tell()
    await until(() => webhooks.losses().length === 1)
    expect(webhooks.losses()).toMatchObject([{ reason: 'refused', status: 307 }])
    expect([receiver.calls(), elsewhere.calls()]).toEqual([1, 0])
  })

  it('is one of at most eight on the wire, and of 5,000 that wait: those beyond are lost', async () => {
    await using receiver = await webhookReceiver([answers.hanging])
    const webhooks = quickWebhooks(receiver.url, { closing: 0 })
    for (let number = 0; number < 5_002; number += 1) webhooks.tell(`drops/1/${number}`)
    expect(webhooks.losses()).toMatchObject([
      { reason: 'queue_full', key: 'drops/1/5000' },
      { reason: 'queue_full', key: 'drops/1/5001' },
    ])
    await until(() => receiver.calls() >= 8)
    // whatever was sent together with those eight is there by the time of these
    await using elsewhere = await webhookReceiver()
    for (let times = 0; times < 20; times += 1) await fetch(elsewhere.url, { method: 'POST' })
    expect(receiver.calls()).toBe(8)
    await webhooks.close()
    expect(webhooks.losses()).toHaveLength(5_002)
  })

  it('that waits for its next try is sent once more when the broker ends', async () => {
    await using receiver = await webhookReceiver([answers.failure, answers.taken])
    const webhooks = quickWebhooks(receiver.url, { waits: [3_600_000] })
    webhooks.tell()
    await until(() => receiver.received.length === 1)
    await webhooks.close()
    expect([receiver.calls(), webhooks.losses()]).toEqual([2, []])
    webhooks.tell()
    expect(webhooks.losses()).toMatchObject([{ reason: 'closing' }])
  })
})
