import { expect, it } from 'vitest'
import { announcementsTo } from '../../../../src/main/engine/announcements.ts'
import { engineGroups, ipc } from '../../../../src/shared/ipc.ts'

it('there is one announcement for each event of the engine’s groups, and for nothing else', () => {
  const announcements = announcementsTo(() => undefined)
  const names = Object.fromEntries(
    engineGroups.map((group) => [
      group,
      Object.entries(ipc[group]).flatMap(([name, { kind }]) => (kind === 'event' ? [name] : [])),
    ]),
  )
  expect(Object.fromEntries(Object.entries(announcements).map(([group, of]) => [group, Object.keys(of)]))).toEqual(
    names,
  )
})

it('an announcement goes out on its event’s channel', () => {
  const sent: unknown[] = []
  const announce = announcementsTo((...message) => sent.push(message))
  announce.transfers.changed({ rows: [], stale: true })
  announce.session.changed({ state: 'signed_out' })
  expect(sent).toEqual([
    ['transfers.changed', { rows: [], stale: true }],
    ['session.changed', { state: 'signed_out' }],
  ])
})
