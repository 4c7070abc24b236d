import { expect, it } from 'vitest'
import { createGrants } from '../../../../../src/main/engine/db/grants.ts'
import { destination, grant } from '../../../../support/builders.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

it.each([
  { where: 'AWS', place: destination() },
  { where: 'an endpoint of its own', place: destination({ endpoint: 'http://127.0.0.1:9000', addressing: 'path' }) },
  { where: 'other endpoints of AWS', place: destination({ accelerate: true, dualStack: true }) },
  {
    where: 'objects as the operator wants them',
    place: destination({
      kind: 'presigned_multipart',
      options: { encryption: { by: 'kms', keyId: 'key-1' }, tags: { project: 'a' }, createOnly: true },
    }),
  },
])('a grant for $where is read as it was saved', ({ place }) => {
  const { database, accountId } = temporaryQueue()
  const grants = createGrants(database)
  const saved = grant({ accountId, destination: place })
  const id = grants.insert(saved)
  expect(grants.byId(id)).toEqual({ id, ...saved })
})

it('a grant that an earlier version saved has what was not known then as it was', () => {
  const { database, accountId } = temporaryQueue()
  const grants = createGrants(database)
  const id = grants.insert(grant({ accountId, destination: destination({ dualStack: true }) }))
  database.prepare(`UPDATE grants SET options = '{"addressing":"path"}' WHERE id = ?`).run(id)
  expect(grants.byId(id).destination).toEqual(destination({ addressing: 'path' }))
})

it('a renewal takes the place of the token, with its time, and of nothing else', () => {
  const { database, accountId, grantId } = temporaryQueue()
  const grants = createGrants(database)
  const other = grants.insert(grant({ accountId }))
  const before = grants.byId(grantId)
  const renewal = { token: 'signed again', renewUntil: 9_000_000 }
  grants.renew(grantId, renewal)
  expect(grants.byId(grantId)).toEqual({ ...before, ...renewal })
  expect(grants.byId(other)).toEqual({ id: other, ...grant({ accountId }) })
})

it('a grant belongs to an account that is there', () => {
  const grants = createGrants(temporaryQueue().database)
  expect(() => grants.insert(grant({ accountId: 99 }))).toThrow('FOREIGN KEY')
})

it('no column of a grant could hold a credential', () => {
  const { database, grantId } = temporaryQueue()
  expect(Object.keys(database.prepare('SELECT * FROM grants WHERE id = ?').get(grantId) as object)).toEqual([
    'id',
    'account_id',
    'purpose',
    'kind',
    'bucket',
    'prefix',
    'region',
    'endpoint',
    'options',
    'token',
    'renew_until',
    'address',
  ])
})
