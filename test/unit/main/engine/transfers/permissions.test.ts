import { describe, expect, it } from 'vitest'
import { createGrants } from '../../../../../src/main/engine/db/grants.ts'
import { type Broker, type OpenStore, Permissions } from '../../../../../src/main/engine/transfers/permissions.ts'
import { largestSingleRequest } from '../../../../../src/shared/broker-uploads.ts'
import { failed, ok } from '../../../../../src/shared/failure.ts'
import { destination, noFolders, renewed, transfer } from '../../../../support/builders.ts'
import { memoryStore } from '../../../../support/memory-store.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

const rows = ['a', 'b'].map((uuid) => transfer({ uuid, relativePath: `holiday/${uuid}.mov` }))
const keysOf = (key: (id: string) => string) => rows.map(({ uuid: id }) => ({ id, key: key(id) }))

/** Permissions of an account whose broker answers as the test says; `opened` tells each store that was made. */
function harness(broker: Partial<Broker> = {}) {
  const queue = temporaryQueue()
  const asked: unknown[] = []
  const opened: ({ first: boolean } & Parameters<OpenStore>[2])[] = []
  const answers = { count: 0 }
  const grant: Broker['grant'] = async (request) => {
    asked.push(request)
    const { credentials, serverTime, renewUntil } = renewed('first').value
    const keys = keysOf((id) => `drops/1/${id}`)
    const value = { grant: 'signed', destination: destination(), keys, credentials, serverTime, renewUntil }
    return ok({ value, askedAt: 0 })
  }
  const unused = async () => failed('not_possible')
  const grants = createGrants(queue.database)
  const permissions = new Permissions(
    queue.accountId,
    { grant, renew: unused, confirm: unused, upload: unused, ...broker },
    grants,
    (_, first, grant) => {
      opened.push({ first: first !== null, ...grant })
      return { store: memoryStore().store, isReady: () => true }
    },
    () => {
      answers.count += 1
    },
    noFolders,
  )
  const saved = () => queue.database.prepare('SELECT count(*) FROM grants').pluck().get()
  return { ...queue, grants, permissions, asked, opened, answers, saved }
}

describe('asking for a grant', () => {
  it('names each file, saves the grant before it answers, and opens its store with the credentials that came along', async () => {
    const { permissions, asked, grants, opened, answers, accountId } = harness()
    const granted = await permissions.ask({ purpose: 'inbox', folderId: null }, rows)
    expect(granted).toEqual(
      ok({
        grantId: expect.any(Number),
        bucket: 'inbox',
        inSingleRequests: false,
        keys: new Map([
          ['a', 'drops/1/a'],
          ['b', 'drops/1/b'],
        ]),
      }),
    )
    expect(asked).toMatchObject([
      {
        purpose: 'inbox',
        files: [{ id: 'a', name: 'a.mov', relativePath: 'holiday/a.mov', size: rows[0]?.size }, { id: 'b' }],
      },
    ])
    const grantId = granted.ok ? granted.value.grantId : 0
    expect(grants.byId(grantId)).toMatchObject({ accountId, destination: destination(), token: 'signed' })
    permissions.store(grantId)
    expect([opened.map(({ first }) => first), answers.count]).toEqual([[true], 1])
  })

  it.each([
    { answer: 'leaves a file out', keys: [{ id: 'a', key: 'drops/1/a' }] },
    { answer: 'puts a file outside the prefix', keys: keysOf((id) => (id === 'b' ? 'elsewhere/b' : 'drops/1/a')) },
  ])('takes no answer that $answer, and saves nothing of it', async ({ keys }) => {
    const { permissions, saved } = harness({
      grant: async () => {
        const { credentials, serverTime, renewUntil } = renewed('first').value
        const value = { grant: 'signed', destination: destination(), keys, credentials, serverTime, renewUntil }
        return ok({ value, askedAt: 0 })
      },
    })
    const before = saved()
    expect([await permissions.ask({ purpose: 'inbox', folderId: null }, rows), saved()]).toEqual([
      failed('broker_answer_invalid', 'keys'),
      before,
    ])
  })

  it('names what has no Unicode name in letters that a request can carry', async () => {
    const { permissions, asked } = harness()
    await permissions.ask({ purpose: 'inbox', folderId: null }, [
      transfer({ uuid: 'a', relativePath: 'broken \ud800' }),
      ...rows.slice(1),
    ])
    expect(asked).toMatchObject([{ files: [{ name: 'broken \ufffd' }, {}] }])
  })
})

describe('the store of a grant', () => {
  it('is opened once, without credentials where the engine has started anew', () => {
    const { permissions, grantId, opened } = harness()
    expect(permissions.store(grantId)).toBe(permissions.store(grantId))
    expect(opened.map(({ first }) => first)).toEqual([false])
  })

  it('is renewed with the token of the renewal before, which is saved with its time', async () => {
    const asked: string[] = []
    const { permissions, grantId, grants, opened, answers } = harness({
      renew: async (token) => {
        asked.push(token)
        return ok(renewed(`${asked.length}`, { serverTime: asked.length }))
      },
    })
    permissions.store(grantId)
    for (const serverTime of [1, 2, 3]) {
      await opened[0]?.renew()
      const { grant: token, renewUntil } = renewed(`${serverTime}`, { serverTime }).value
      expect(grants.byId(grantId)).toMatchObject({ token, renewUntil })
    }
    expect([asked, answers.count]).toEqual([['signed', 'signed-1', 'signed-2'], 3])
  })

  it('keeps the token it has where the broker refuses to renew, and says how long it wants to be left alone', async () => {
    const failure = { kind: 'broker_unreachable', detail: 'unavailable', retryAfter: 5_000 } as const
    const { permissions, grantId, grants, opened } = harness({ renew: async () => ({ ok: false, failure }) })
    const before = grants.byId(grantId)
    permissions.store(grantId)
    expect(await opened[0]?.renew()).toEqual({ ok: false, failure: { ...failure, from: 'broker' } })
    expect(grants.byId(grantId)).toEqual(before)
  })
})

describe('a grant of single requests', () => {
  const single = (sizes: readonly number[]) => {
    const files = sizes.map((size, index) => transfer({ uuid: `${index}`, size }))
    const { permissions, saved } = harness({
      grant: async () => {
        const { serverTime, renewUntil } = renewed('first').value
        const keys = files.map(({ uuid: id }) => ({ id, key: `drops/1/${id}` }))
        const place = destination({ kind: 'single_request' })
        const value = { grant: 'signed', destination: place, keys, credentials: null, serverTime, renewUntil }
        return ok({ value, askedAt: 0 })
      },
    })
    return { saved, ask: () => permissions.ask({ purpose: 'inbox', folderId: null }, files) }
  }

  it('says that its files go whole', async () => {
    expect(await single([0, largestSingleRequest]).ask()).toMatchObject(ok({ inSingleRequests: true }))
  })

  it('is not taken for a file that would not fit into memory', async () => {
    const { ask, saved } = single([1, largestSingleRequest + 1])
    const before = saved()
    expect([await ask(), saved()]).toEqual([failed('too_large', 'single_request'), before])
  })
})

describe('what the broker does for an upload', () => {
  const question = ['parts', { key: 'drops/1/a', uploadId: 'u' }] as const
  const answer = { parts: [], abortAt: null }

  it('is asked with the token of the grant', async () => {
    const asked: unknown[] = []
    const upload = async (...question: unknown[]) => {
      asked.push(question)
      return ok(answer)
    }
    const { permissions, grantId, opened, answers } = harness({ upload: upload as Broker['upload'] })
    permissions.store(grantId)
    expect(await opened[0]?.upload(...question)).toEqual(ok(answer))
    expect([asked, answers.count]).toEqual([[['parts', { ...question[1], grant: 'signed' }]], 1])
    permissions.close()
    expect([await opened[0]?.upload(...question), asked.length]).toEqual([failed('signed_out'), 1])
  })

  it('is told also when the person has left meanwhile, for it may be what became of an object', async () => {
    const { permissions, grantId, opened, answers } = harness({
      upload: (async () => {
        permissions.close()
        return ok(answer)
      }) as Broker['upload'],
    })
    permissions.store(grantId)
    expect([await opened[0]?.upload(...question), answers.count]).toEqual([ok(answer), 0])
  })

  it('is the broker’s failure where it refuses', async () => {
    const { permissions, grantId, opened } = harness({ upload: async () => failed('broker_unreachable') })
    permissions.store(grantId)
    const failure = { kind: 'broker_unreachable', detail: null, from: 'broker' }
    expect(await opened[0]?.upload(...question)).toEqual({ ok: false, failure })
  })
})

describe('asking what became of objects', () => {
  const object = (key: string) => ({ key, size: 1, crc32: 'AAAAAA==' })
  const absent = (key: string) => ({ key, outcome: 'absent' }) as const

  it('answers in the order of the question', async () => {
    const { permissions, grantId } = harness({ confirm: async () => ok({ objects: [absent('b'), absent('a')] }) })
    expect(await permissions.confirm(grantId, [object('a'), object('b')])).toEqual(ok([absent('a'), absent('b')]))
  })

  it('takes no answer that leaves one out', async () => {
    const { permissions, grantId } = harness({ confirm: async () => ok({ objects: [absent('b')] }) })
    expect(await permissions.confirm(grantId, [object('a'), object('b')])).toEqual(
      failed('broker_answer_invalid', 'objects'),
    )
  })
})

it('nothing is saved once the person has signed out, though the broker answers', async () => {
  const { permissions, saved, answers } = harness()
  const before = saved()
  permissions.close()
  expect([await permissions.ask({ purpose: 'inbox', folderId: null }, rows), saved(), answers.count]).toEqual([
    failed('signed_out'),
    before,
    0,
  ])
})

it('no grant is renewed once the person has signed out', async () => {
  const asked: string[] = []
  const { permissions, grantId, opened } = harness({
    renew: async (token) => {
      asked.push(token)
      return ok(renewed('next'))
    },
  })
  permissions.store(grantId)
  permissions.close()
  expect([await opened[0]?.renew(), asked]).toEqual([failed('signed_out'), []])
})
