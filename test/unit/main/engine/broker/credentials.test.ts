import { describe, expect, it, onTestFinished } from 'vitest'
import type { Answer } from '../../../../../src/main/engine/broker/broker-client.ts'
import { GrantCredentials } from '../../../../../src/main/engine/broker/credentials.ts'
import type { RenewResponse } from '../../../../../src/shared/broker-api.ts'
import { failed, ok, type Result } from '../../../../../src/shared/failure.ts'
import { renewed } from '../../../../support/builders.ts'

const minute = 60_000
type Renewal = Result<Answer<RenewResponse>>

/** Credentials under a clock that the test turns, and renewals that the test answers. */
function harness() {
  const clock = { now: 0 }
  const asked: { answer(renewal: Renewal): Promise<void>; reject(error: unknown): Promise<void> }[] = []
  const renew = () =>
    new Promise<Renewal>((resolve, reject) => {
      const settle =
        <Value>(settler: (value: Value) => void) =>
        async (value: Value) => {
          settler(value)
          await new Promise(setImmediate)
        }
      asked.push({ answer: settle(resolve), reject: settle(reject) })
    })
  const credentials = new GrantCredentials(renew, () => clock.now)
  const last = () => {
    const request = asked.at(-1)
    if (request === undefined) throw new Error('nobody asked')
    return request
  }
  return { clock, credentials, asked, last }
}
/** Fifteen-minute credentials of the given name. */
const fresh = (name: string, askedAt = 0) => renewed(name, { askedAt, serverTime: askedAt, lasts: 15 * minute })
const nameOf = (result: Awaited<ReturnType<GrantCredentials['current']>>) =>
  result.ok ? result.value.accessKeyId : result.failure.kind
const unreachable = failed('broker_unreachable')

describe('the credentials of a grant', () => {
  it('are those that came with it, without a question, and carry the clock’s offset but no end', async () => {
    const { credentials, asked } = harness()
    credentials.adopt(renewed('first', { askedAt: 1_000, serverTime: 61_000 }))
    expect(await credentials.current()).toEqual(
      ok({ accessKeyId: 'first', secretAccessKey: 'secret', sessionToken: 'session', clockOffset: 60_000 }),
    )
    expect(asked).toHaveLength(0)
  })

  it('are asked for once, however many wait for the first ones', async () => {
    const { credentials, asked, last } = harness()
    const waiting = Promise.all([credentials.current(), credentials.current(), credentials.current()])
    await last().answer(ok(fresh('first')))
    expect((await waiting).map(nameOf)).toEqual(['first', 'first', 'first'])
    expect(asked).toHaveLength(1)
  })

  it('are missing where the broker renews a grant without them', async () => {
    const { credentials, last } = harness()
    const waiting = credentials.current()
    const { askedAt, value } = fresh('none')
    await last().answer(ok({ askedAt, value: { ...value, credentials: null } }))
    expect([await waiting, credentials.isReady()]).toEqual([failed('broker_answer_invalid', 'credentials'), false])
  })

  it('are renewed once in the background ahead of their end, while the old ones go on', async () => {
    const { clock, credentials, asked, last } = harness()
    credentials.adopt(fresh('old'))
    clock.now = 11.25 * minute - 1
    await credentials.current()
    expect(asked).toHaveLength(0)
    clock.now += 1
    expect([nameOf(await credentials.current()), nameOf(await credentials.current())]).toEqual(['old', 'old'])
    expect(asked).toHaveLength(1)
    await last().answer(ok(fresh('new', clock.now)))
    expect(nameOf(await credentials.current())).toBe('new')
    expect(asked).toHaveLength(1)
  })

  it('are waited for once the old ones have ended by our own clock', async () => {
    const { clock, credentials, last } = harness()
    credentials.adopt(fresh('old'))
    clock.now = 15 * minute
    const waiting = credentials.current()
    await last().answer(ok(fresh('new', clock.now)))
    expect(nameOf(await waiting)).toBe('new')
  })

  it('end by our clock when they end by the server’s, though ours is hours wrong', async () => {
    const { clock, credentials, asked } = harness()
    clock.now = 10 * 60 * minute
    credentials.adopt(renewed('skewed', { askedAt: clock.now, serverTime: 0, lasts: 15 * minute }))
    clock.now += 11 * minute
    await credentials.current()
    expect(asked).toHaveLength(0)
    clock.now += 4 * minute
    credentials.current()
    expect(asked).toHaveLength(1)
  })
})

describe('a renewal that fails', () => {
  it('while the old credentials are good costs nothing, and is tried again after 10 s', async () => {
    const { clock, credentials, asked, last } = harness()
    credentials.adopt(fresh('old'))
    clock.now = 12 * minute
    await credentials.current()
    await last().answer(unreachable)
    clock.now += 9_999
    expect([nameOf(await credentials.current()), asked.length]).toEqual(['old', 1])
    clock.now += 1
    expect([nameOf(await credentials.current()), asked.length]).toEqual(['old', 2])
  })

  it('once they have ended is the answer', async () => {
    const { clock, credentials, last } = harness()
    credentials.adopt(fresh('old'))
    clock.now = 15 * minute
    const waiting = credentials.current()
    await last().answer(failed('revoked'))
    expect(nameOf(await waiting)).toBe('revoked')
  })

  it('does not keep the next question from being asked where nothing good is held', async () => {
    const { credentials, asked, last } = harness()
    const first = credentials.current()
    await last().answer(unreachable)
    await first
    const second = credentials.current()
    await last().answer(ok(fresh('new')))
    expect([nameOf(await second), asked.length]).toEqual(['new', 2])
  })

  it('by an error in the background, such as a full disk, harms nobody', async () => {
    const unhandled: unknown[] = []
    const listener = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', listener)
    onTestFinished(() => {
      process.off('unhandledRejection', listener)
    })
    const { clock, credentials, asked, last } = harness()
    credentials.adopt(fresh('old'))
    clock.now = 12 * minute
    await credentials.current()
    await last().reject(new Error('the disk is full'))
    expect([nameOf(await credentials.current()), asked.length, unhandled]).toEqual(['old', 1, []])
  })

  it('by an error is told to the one who waits for it', async () => {
    const { credentials, last } = harness()
    const waiting = credentials.current().catch((error: Error) => error.message)
    await last().reject(new Error('the disk is full'))
    expect(await waiting).toBe('the disk is full')
  })
})

describe('credentials that the store refused', () => {
  async function held() {
    const tools = harness()
    tools.credentials.adopt(fresh('refused'))
    const current = await tools.credentials.current()
    if (!current.ok) throw new Error('they must be good')
    return { ...tools, refused: current.value }
  }

  it('are renewed, once for all who were refused at the same time', async () => {
    const { credentials, refused, asked, last } = await held()
    const waiting = Promise.all([credentials.renew(refused), credentials.renew(refused)])
    await last().answer(ok(fresh('new')))
    expect([(await waiting).map(nameOf), asked.length]).toEqual([['new', 'new'], 1])
  })

  it('are not renewed again for one who learns of it after the others', async () => {
    const { credentials, refused, asked, last } = await held()
    const first = credentials.renew(refused)
    await last().answer(ok(fresh('new')))
    await first
    expect([nameOf(await credentials.renew(refused)), asked.length]).toEqual(['new', 1])
  })

  it('join a renewal that is on its way already', async () => {
    const { clock, credentials, refused, asked, last } = await held()
    clock.now = 12 * minute
    await credentials.current()
    const waiting = credentials.renew(refused)
    await last().answer(ok(fresh('new', clock.now)))
    expect([nameOf(await waiting), asked.length]).toEqual(['new', 1])
  })

  it('are renewed though a renewal ahead of time has just failed', async () => {
    const { clock, credentials, refused, asked, last } = await held()
    clock.now = 12 * minute
    await credentials.current()
    await last().answer(unreachable)
    const waiting = credentials.renew(refused)
    await last().answer(ok(fresh('new', clock.now)))
    expect([nameOf(await waiting), asked.length]).toEqual(['new', 2])
  })
})
