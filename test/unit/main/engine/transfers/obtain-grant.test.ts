import { appendFileSync, mkdirSync, rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createGrants } from '../../../../../src/main/engine/db/grants.ts'
import { obtainGrant } from '../../../../../src/main/engine/transfers/obtain-grant.ts'
import { type Broker, Permissions } from '../../../../../src/main/engine/transfers/permissions.ts'
import { awayDelay, retryDelay } from '../../../../../src/main/engine/transfers/retry.ts'
import type { Transfer } from '../../../../../src/main/engine/transfers/state.ts'
import { type FailureKind, failed, ok, type ServerFailure } from '../../../../../src/shared/failure.ts'
import { destination, noFolders, renewed } from '../../../../support/builders.ts'
import { memoryStore } from '../../../../support/memory-store.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

const chance = 0.5
type Asked = Parameters<Broker['grant']>[0]

/** An account with rows of real files, whose broker grants what is asked for unless the test has a reason. */
function harness(refusal: (asked: Asked) => ServerFailure | null = () => null) {
  const queue = temporaryQueue()
  const { clock, transfers, accountId, row } = queue
  const asked: string[][] = []
  let isCurrent = true
  const grant: Broker['grant'] = async (request) => {
    asked.push(request.files.map(({ id }) => id))
    const failure = refusal(request)
    if (failure !== null) return { ok: false, failure }
    const { credentials, serverTime, renewUntil } = renewed('first').value
    const keys = request.files.map(({ id }) => ({ id, key: `drops/1/${id}` }))
    const value = { grant: 'signed', destination: destination(), keys, credentials, serverTime, renewUntil }
    return ok({ value, askedAt: 0 })
  }
  const unused = async () => failed('not_possible')
  const permissions = new Permissions(
    accountId,
    { grant, renew: unused, confirm: unused, upload: unused },
    createGrants(queue.database),
    () => ({ store: memoryStore().store, isReady: () => true }),
    () => {},
    noFolders,
  )
  const obtain = () =>
    obtainGrant(
      { id: accountId, permissions },
      { accountId, purpose: 'inbox', folderId: null },
      {
        ...{ transfers, now: () => clock.now, random: () => chance },
        isCurrent: () => isCurrent,
      },
    )
  const files = async (count: number) => {
    const rows: Transfer[] = []
    for (let number = 0; number < count; number += 1) rows.push(await queue.addFile(`content ${number}`))
    return rows
  }
  const leave = () => {
    isCurrent = false
  }
  const keys = (rows: readonly Transfer[]) => rows.map(({ id }) => row(id).key !== null)
  return { ...queue, obtain, files, asked, keys, leave }
}
const because = (kind: FailureKind): ServerFailure => ({ kind, detail: 'code' })

describe('a grant', () => {
  it('is asked for once for all due rows of its purpose, and gives each its key', async () => {
    const { obtain, files, asked, add, row } = harness()
    const rows = await files(6)
    const other = add({ purpose: 'other' })
    const later = add({}, { type: 'retryable', failure: because('server'), retryAt: 1_000_001 })
    expect(await obtain()).toBeNull()
    expect(asked).toEqual([rows.map(({ uuid }) => uuid)])
    expect(rows.map(({ id }) => row(id).key)).toEqual(rows.map(({ uuid }) => `drops/1/${uuid}`))
    expect([row(other.id).key, row(later.id).key]).toEqual([null, null])
  })

  it('is asked for the file as it is now', async () => {
    const { obtain, files, row } = harness()
    const [changed] = await files(1)
    appendFileSync(changed?.sourcePath ?? '', 'more')
    await obtain()
    expect(row(changed?.id ?? 0)).toMatchObject({ size: (changed?.size ?? 0) + 4, key: expect.any(String) })
  })

  it('is not asked for a file that is away, which waits, nor for what is none, which fails; the others get theirs', async () => {
    const { obtain, files, asked, row, clock } = harness()
    const [away, folder, good] = await files(3)
    rmSync(away?.sourcePath ?? '')
    rmSync(folder?.sourcePath ?? '')
    mkdirSync(folder?.sourcePath ?? '')
    expect(await obtain()).toBeNull()
    expect(asked).toEqual([[good?.uuid]])
    expect(row(away?.id ?? 0)).toEqual({
      ...away,
      failure: { kind: 'source_missing', detail: 'ENOENT' },
      retryAt: clock.now + awayDelay(chance),
    })
    expect(row(folder?.id ?? 0)).toMatchObject({ state: 'failed', failure: { kind: 'not_a_file' } })
  })

  it('is not asked for where nothing is left to send', async () => {
    const { obtain, files, asked } = harness()
    for (const { sourcePath } of await files(2)) rmSync(sourcePath)
    expect([await obtain(), asked]).toEqual([null, []])
  })

  it('is not written to the rows of a person who has signed out meanwhile', async () => {
    const { obtain, files, keys, leave } = harness(() => {
      leave()
      return null
    })
    const rows = await files(2)
    expect([await obtain(), keys(rows)]).toEqual([null, [false, false]])
  })

  it('is not asked for, nor is a row touched, where the person signs out while the files are looked at', async () => {
    const { obtain, files, asked, leave, row } = harness()
    const [away] = await files(2)
    rmSync(away?.sourcePath ?? '')
    const obtained = obtain()
    leave()
    expect([await obtained, asked, row(away?.id ?? 0)]).toEqual([null, [], away])
  })
})

describe('a broker that does not grant', () => {
  it.each(['broker_unreachable', 'signed_out', 'offline'] as const)(
    'because of %s: that is handed on with its wish to be left alone, and no row is touched',
    async (kind) => {
      const failure = { ...because(kind), retryAfter: 5_000 }
      const { obtain, files, row } = harness(() => failure)
      const rows = await files(2)
      expect([await obtain(), rows.map(({ id }) => row(id))]).toEqual([{ ...failure, from: 'broker' }, rows])
    },
  )

  it.each(['over_quota', 'revoked', 'unknown_purpose'] as const)('because of %s: the rows fail', async (kind) => {
    const { obtain, files, row, asked } = harness(() => because(kind))
    const rows = await files(2)
    expect(await obtain()).toBeNull()
    expect(rows.map(({ id }) => row(id))).toMatchObject(rows.map(() => ({ state: 'failed', failure: because(kind) })))
    expect(asked.length).toBe(1)
  })

  it("because of the day's limit: the first ones that fit are granted, the others wait without an attempt", async () => {
    let left = 3
    const { obtain, files, asked, row, keys, clock } = harness(({ files }) => {
      if (files.length > left) return { ...because('daily_limit'), retryAfter: 3_600_000 }
      left -= files.length
      return null
    })
    const rows = await files(8)
    expect(await obtain()).toBeNull()
    expect(keys(rows)).toEqual([true, true, true, false, false, false, false, false])
    expect(rows.slice(3).map(({ id }) => row(id))).toEqual(
      rows
        .slice(3)
        .map((waiting) => ({ ...waiting, failure: because('daily_limit'), retryAt: clock.now + awayDelay(chance) })),
    )
    expect(asked.map(({ length }) => length)).toEqual([8, 4, 2, 2, 1, 1])
  })

  it.each(['too_large', 'type_not_allowed', 'request_invalid'] as const)(
    'because one file is not taken (%s): that one fails, the others are granted',
    async (kind) => {
      const { obtain, files, row, keys } = harness(({ files }) =>
        files.some(({ id }) => id === refused()) ? because(kind) : null,
      )
      const rows = await files(5)
      const refused = () => rows[3]?.uuid
      expect(await obtain()).toBeNull()
      expect(keys(rows)).toEqual([true, true, true, false, true])
      expect(row(rows[3]?.id ?? 0)).toMatchObject({ state: 'failed', failure: { kind } })
    },
  )

  it('for a moment: the rows are tried again later', async () => {
    const { obtain, files, row, clock } = harness(() => because('server'))
    const [one] = await files(1)
    expect(await obtain()).toBeNull()
    const retryAt = clock.now + retryDelay(0, chance)
    expect(row(one?.id ?? 0)).toEqual({ ...one, attempts: 1, failure: because('server'), retryAt })
  })
})
