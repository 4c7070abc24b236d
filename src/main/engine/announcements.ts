import { channelOf, type EngineAnnouncements, type EngineGroup, engineGroups, ipc } from '../../shared/ipc.ts'

/** How the engine tells its events: each goes to `send` with its channel's name. Derived from the contract value. */
export function announcementsTo(send: (channel: string, payload: unknown) => void): EngineAnnouncements {
  const eventsOf = (group: EngineGroup) =>
    Object.entries(ipc[group])
      .filter(([, { kind }]) => kind === 'event')
      .map(([name]) => [name, (payload: unknown) => send(channelOf(group, name), payload)] as const)
  const groups = engineGroups.map((group) => [group, Object.fromEntries(eventsOf(group))] as const)
  return Object.fromEntries(groups) as unknown as EngineAnnouncements
}
