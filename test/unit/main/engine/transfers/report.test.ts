import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createGrants } from '../../../../../src/main/engine/db/grants.ts'
import { type Broker, Permissions } from '../../../../../src/main/engine/transfers/permissions.ts'
import { Report } from '../../../../../src/main/engine/transfers/report.ts'
import type { ConfirmedObject } from '../../../../../src/shared/broker-api.ts'
import { failed, ok, type Result } from '../../../../../src/shared/failure.ts'
import { finishedObject, grant, granted, noFolders } from '../../../../support/builders.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

type Answer = Result<{ objects: readonly ConfirmedObject[] }>
type Asked = Parameters<Broker['confirm']>[0]

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A report on a real queue, whose broker answers as the test says. */
function harness(answer: (asked: Asked) => Answer | Promise<Answer> = allSame) {
  const queue = temporaryQueue()
  const asked: Asked[] = []
  const fatal: unknown[] = []
  const unused = async () => failed('not_possible')
  const broker: Broker = {
    grant: unused,
    renew: unused,
    upload: unused,
    confirm: async (request) => {
      asked.push(request)
      return answer(request)
    },
  }
  const openStore = () => {
    throw new Error('a report opens no store')
  }
  const grants = createGrants(queue.database)
  const permissions = new Permissions(queue.accountId, broker, grants, openStore, () => undefined, noFolders)
  const report = new Report({
    transfers: queue.transfers,
    accountId: queue.accountId,
    permissions,
    now: () => 5_000,
    random: () => 0.5,
    onFatal: (error) => fatal.push(error),
  })
  const complete = (id: number) => {
    queue.transfers.apply(id, { type: 'completed', object: finishedObject({ verification: 'size' }) })
    report.wake()
  }
  const completed = (key: string, grantId = queue.grantId) => {
    const { id } = queue.add({}, granted(grantId, key))
    complete(id)
    return id
  }
  const reportedAt = (id: number) => queue.row(id).reportedAt
  return { ...queue, grants, asked, fatal, report, complete, completed, reportedAt }
}

function allSame({ objects }: Asked): Answer {
  return ok({
    objects: objects.map(({ key, crc32 }) => ({ key, outcome: 'same', etag: 'e', versionId: null, crc32 })),
  })
}
const keysOf = (asked: readonly Asked[]) => asked.map(({ objects }) => objects.map(({ key }) => key))

describe('the report of completed transfers', () => {
  it('gathers what completes within a second into one question', async () => {
    const { asked, completed, reportedAt } = harness()
    const ids = [completed('drops/1/a'), completed('drops/1/b')]
    await vi.advanceTimersByTimeAsync(1_000)
    expect(keysOf(asked)).toEqual([['drops/1/a', 'drops/1/b']])
    expect(ids.map(reportedAt)).toEqual([5_000, 5_000])
  })

  it('asks for each grant by itself', async () => {
    const { accountId, asked, completed, grants } = harness()
    const other = grants.insert(grant({ accountId, token: 'other' }))
    completed('drops/1/a')
    completed('drops/2/b', other)
    completed('drops/1/c')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked.map(({ grant }) => grant)).toEqual(['signed', 'other'])
    expect(keysOf(asked)).toEqual([['drops/1/a', 'drops/1/c'], ['drops/2/b']])
  })

  it('raises a verification by size to one by checksum where the broker saw ours', async () => {
    const { completed, row } = harness()
    const id = completed('drops/1/a')
    await vi.advanceTimersByTimeAsync(1_000)
    expect(row(id).verification).toBe('checksum')
  })

  it.each([
    { outcome: 'different' },
    { outcome: 'absent' },
    { outcome: 'same', etag: 'e', versionId: null, crc32: null },
  ] as const)(
    'is done for a row also where the broker says $outcome without our checksum, and the row claims no more than before',
    async (object) => {
      const { completed, row } = harness(({ objects }) =>
        ok({ objects: objects.map(({ key }) => ({ key, ...object })) }),
      )
      const id = completed('drops/1/a')
      await vi.advanceTimersByTimeAsync(1_000)
      expect(row(id)).toMatchObject({ reportedAt: 5_000, verification: 'size' })
    },
  )

  it('saves the receipt that the broker gives for what is the same, and none for the rest', async () => {
    const { completed, row } = harness(({ objects: [one, two, three] }) =>
      ok({
        objects: [
          { key: one?.key ?? '', outcome: 'same', etag: 'e', versionId: null, crc32: null, receipt: 'signed' },
          { key: two?.key ?? '', outcome: 'same', etag: 'e', versionId: null, crc32: null },
          { key: three?.key ?? '', outcome: 'different' },
        ],
      }),
    )
    const ids = [completed('drops/1/a'), completed('drops/1/b'), completed('drops/1/c')]
    await vi.advanceTimersByTimeAsync(1_000)
    expect(ids.map((id) => [row(id).receipt, row(id).reportedAt])).toEqual([
      ['signed', 5_000],
      [null, 5_000],
      [null, 5_000],
    ])
  })

  it('is repeated after a growing wait while the broker is away, and each row is told once it is back', async () => {
    let away = true
    const { asked, completed, reportedAt } = harness((request) =>
      away ? failed('broker_unreachable') : allSame(request),
    )
    const id = completed('drops/1/a')
    await vi.advanceTimersByTimeAsync(1_000)
    await vi.advanceTimersByTimeAsync(1_000)
    expect([asked.length, reportedAt(id)]).toEqual([2, null])
    await vi.advanceTimersByTimeAsync(1_999)
    expect(asked.length).toBe(2)
    away = false
    await vi.advanceTimersByTimeAsync(1)
    expect(reportedAt(id)).toBe(5_000)
    await vi.advanceTimersByTimeAsync(600_000)
    expect(asked.length).toBe(3)
  })

  it('tells the rows of the other grants where one is refused', async () => {
    const { accountId, completed, grants, reportedAt } = harness((request) =>
      request.grant === 'signed' ? failed('revoked') : allSame(request),
    )
    const refused = completed('drops/1/a')
    const told = completed('drops/2/b', grants.insert(grant({ accountId, token: 'other' })))
    await vi.advanceTimersByTimeAsync(1_000)
    expect([reportedAt(refused), reportedAt(told)]).toEqual([null, 5_000])
  })

  it('does not forget a row that completes while an answer is on the way, though it is an older one', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let first = true
    const { add, complete, completed, grantId, reportedAt } = harness(async (request) => {
      if (first) {
        first = false
        await held
      }
      return allSame(request)
    })
    const slow = add({}, granted(grantId, 'drops/1/slow')).id
    completed('drops/1/fast')
    await vi.advanceTimersByTimeAsync(1_000)
    complete(slow)
    release()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(reportedAt(slow)).toBe(5_000)
  })

  it('tells what an earlier run of the engine left, also more than fits one question', async () => {
    const { add, asked, grantId, report, transfers, accountId } = harness()
    const object = finishedObject()
    for (let count = 0; count < 1_001; count += 1) {
      add({}, granted(grantId, `drops/1/${count}`), { type: 'completed', object })
    }
    report.wake()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(asked.map(({ objects }) => objects.length)).toEqual([1_000, 1])
    expect(transfers.unreported(accountId, 0, 1)).toEqual([])
  })

  it('asks nothing while nothing is completed', async () => {
    const { asked, report } = harness()
    report.wake()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toEqual([])
  })
})

describe('the end of the report', () => {
  it('asks nothing more', async () => {
    const { asked, completed, report } = harness()
    completed('drops/1/a')
    report.end()
    report.wake()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toEqual([])
  })

  it('waits for nothing: an answer that is still on its way is dropped, and the others are not asked for', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { accountId, asked, changed, completed, database, fatal, grants, report } = harness(async (request) => {
      await held
      return allSame(request)
    })
    completed('drops/1/a')
    completed('drops/2/b', grants.insert(grant({ accountId, token: 'other' })))
    await vi.advanceTimersByTimeAsync(1_000)
    changed.length = 0
    report.end()
    database.close()
    release()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([asked.length, changed, fatal]).toEqual([1, [], []])
  })
})

it('hands an error that is nobody’s answer on', async () => {
  const { completed, database, fatal } = harness()
  completed('drops/1/a')
  database.close()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(fatal).toEqual([expect.any(TypeError)])
})
