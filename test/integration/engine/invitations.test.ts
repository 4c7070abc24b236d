import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { InviteRequest } from '../../../src/shared/broker-invitations.ts'
import { failed } from '../../../src/shared/failure.ts'
import { readInvitationLink } from '../../../src/shared/invitation-link.ts'
import { type Lab, startLab } from '../../support/lab.ts'
import { value } from '../../support/value.ts'

let lab: Lab
beforeAll(async () => {
  lab = await startLab({
    broker: {
      publicUrl: 'https://send.example',
      purposes: [
        { name: 'drop', label: 'Drop', kind: 'presigned_multipart', invitations: true },
        { name: 'own', label: 'Own people' },
      ],
    },
  })
})
afterAll(() => lab?.close())

const asked = (request: Partial<InviteRequest> = {}): InviteRequest => ({
  ...{ purpose: 'drop', note: '', expiresIn: 3_600, maxBytes: 1_000_000, maxFiles: 3 },
  ...request,
})
const signedIn = async () => {
  const engine = lab.engine()
  await engine.signIn()
  return engine
}
const tokenOf = (link: string): string => {
  const read = readInvitationLink(link)
  if (read === null || read === 'incomplete') throw new Error('not the link of an invitation')
  return read.token
}

test('the session says which purposes people may be invited to, and keeps it', async () => {
  const engine = await signedIn()
  const purposes = [
    { name: 'drop', label: 'Drop', invitations: true },
    { name: 'own', label: 'Own people' },
  ]
  expect(value(await engine.handlers.session.get())).toMatchObject({ purposes })
  expect(engine.kept()?.purposes).toEqual(purposes)
})

test('by a link that one engine made, another sends a file without an account', async () => {
  const engine = await signedIn()
  const before = Date.now()
  const { link, expiresAt } = value(await engine.handlers.invitations.create(asked()))
  expect(link).toMatch(/^https:\/\/send\.example\/invite\/#inv_/)
  expect(expiresAt).toBeGreaterThanOrEqual(before + 3_600_000 - 1_000)
  expect(expiresAt).toBeLessThanOrEqual(Date.now() + 3_600_000)
  const guest = lab.engine()
  await guest.signIn(tokenOf(link))
  expect(guest.kept()).toMatchObject({ invitedBy: 'Person one' })
  expect(guest.kept()?.purposes).toEqual([{ name: 'drop', label: 'Drop' }])
  const path = join(lab.folder, 'from outside.bin')
  const bytes = randomBytes(10_000)
  await writeFile(path, bytes)
  await guest.add(path)
  const [row] = await guest.settled()
  expect(row).toMatchObject({ state: 'completed', failure: null })
  expect((await lab.object({ key: row?.key ?? '' })).equals(bytes)).toBe(true)
})

test('what was taken back lets nobody in any more', async () => {
  const engine = await signedIn()
  const { link } = value(await engine.handlers.invitations.create(asked()))
  const guest = lab.engine()
  const signIn = () => guest.handlers.session.signIn({ brokerUrl: lab.brokerUrl, token: tokenOf(link) })
  expect((await signIn()).ok).toBe(true)
  expect(await engine.handlers.invitations.revoke({ link })).toEqual({ ok: true, value: null })
  expect(await signIn()).toEqual(failed('revoked', 'revoked'))
})

test('only who made it can take it back', async () => {
  const engine = await signedIn()
  const { link } = value(await engine.handlers.invitations.create(asked()))
  const other = lab.engine()
  await other.signIn(lab.otherToken)
  expect(await other.handlers.invitations.revoke({ link })).toEqual(failed('not_yours', 'not_yours'))
})

test('nobody who is not signed in with an account can invite', async () => {
  const engine = lab.engine()
  expect(await engine.handlers.invitations.create(asked())).toEqual(failed('signed_out'))
  await engine.signIn()
  const { link } = value(await engine.handlers.invitations.create(asked()))
  const guest = lab.engine()
  await guest.signIn(tokenOf(link))
  expect(await guest.handlers.invitations.create(asked())).toEqual(failed('not_allowed'))
  expect(await guest.handlers.invitations.revoke({ link })).toEqual(failed('not_allowed'))
})

test.each([
  { what: 'a purpose that takes no invitations', request: { purpose: 'own' }, kind: 'not_allowed' },
  { what: 'a purpose that is not there', request: { purpose: 'gone' }, kind: 'unknown_purpose' },
] as const)('$what is refused', async ({ request, kind }) => {
  const engine = await signedIn()
  expect(await engine.handlers.invitations.create(asked(request))).toEqual(failed(kind, kind))
})

test('a text that is no link of an invitation is not sent to the broker', async () => {
  const engine = await signedIn()
  await lab.stopBroker()
  for (const link of ['', 'https://send.example/invite/', 'https://send.example/#inv_token']) {
    expect(await engine.handlers.invitations.revoke({ link })).toEqual(failed('input_invalid', 'link'))
  }
  expect(await engine.handlers.invitations.create(asked())).toEqual(failed('broker_unreachable', 'ECONNREFUSED'))
  await lab.startBroker()
})

test('the database holds nothing of a link', async () => {
  const engine = await signedIn()
  const { link } = value(await engine.handlers.invitations.create(asked()))
  value(await engine.handlers.invitations.revoke({ link }))
  await engine.stop()
  const files = await Promise.all(['', '-wal'].map((end) => readFile(engine.profile + end).catch(() => Buffer.of())))
  expect(files[0]?.length).toBeGreaterThan(0)
  expect(files.some((bytes) => bytes.includes('inv_'))).toBe(false)
})
