// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { App } from '../../../src/renderer/App.tsx'
import { listen } from '../../../src/renderer/data/listen.ts'
import { createServices } from '../../../src/renderer/data/services.tsx'
import { createWords } from '../../../src/renderer/i18n/create-words.ts'
import type { Api } from '../../../src/shared/ipc.ts'
import { type Settings, usualSettings } from '../../../src/shared/settings.ts'
import { type FakeEngineState, fakeEngine } from '../../support/fake-engine.ts'
import '../../support/page-patience.ts'

/** Without a layout nothing has a size: Mantine's focus trap warns that it sees nothing to focus. */
beforeAll(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

const ends: (() => void)[] = []
afterEach(() => {
  cleanup()
  for (const end of ends.splice(0)) end()
  window.location.hash = ''
})

const saturday = new Date(2026, 10, 21, 14, 32).getTime()
const night = { days: [7], from: '02:00', to: '06:00', limit: 0 }

/** The settings page of an engine with these settings; `changes` are what it was asked to change, after `untilSet`. */
const open = async (settings: Partial<Settings> = {}, state: FakeEngineState = {}, untilSet = Promise.resolve()) => {
  const engine = fakeEngine({ ...state, settings })
  const set: Api['settings']['set'] = (change) => untilSet.then(() => engine.api.settings.set(change))
  const services = createServices({ ...engine.api, settings: { ...engine.api.settings, set } }, () => saturday)
  ends.push(listen(services))
  window.location.hash = 'settings'
  render(<App services={services} words={createWords()} />)
  await screen.findByRole('heading', { name: 'Settings' })
  const changes = () => engine.calls.filter(({ command }) => command === 'settings.set').map(({ input }) => input)
  return { engine, changes }
}
/** Changes one thing more: once the engine was asked for it, it was asked for all before. */
const nothingBut = async (changes: () => unknown[]) => {
  fireEvent.click(screen.getByRole('switch'))
  await waitFor(() => expect(changes()).toEqual([{ onlyOnMains: true }]))
}
const hour = (name: string) => screen.findByLabelText(name)

test('The navigation opens the page and says where one is.', async () => {
  await open()
  expect(screen.getByRole('link', { name: 'Settings' }).getAttribute('aria-current')).toBe('page')
  act(() => {
    window.location.hash = 'transfers'
  })
  await screen.findByRole('heading', { name: 'Drop files or folders here' })
  expect(screen.getByRole('link', { name: 'Transfers' }).getAttribute('aria-current')).toBe('page')
  expect(screen.getByRole('link', { name: 'Settings' }).getAttribute('aria-current')).toBeNull()
})

test('A speed limit is chosen, typed and taken away.', async () => {
  const { changes } = await open()
  fireEvent.click(await screen.findByLabelText('Limit to', { selector: 'input' }))
  const field = await screen.findByLabelText('Speed limit', { selector: 'input' })
  expect(screen.getByText('about 80 Mbit/s')).toBeTruthy()
  fireEvent.change(field, { target: { value: '150' } })
  await screen.findByText('about 1.2 Gbit/s')
  fireEvent.click(screen.getByLabelText('No limit', { selector: 'input' }))
  await waitFor(() => expect(screen.queryByLabelText('Speed limit', { selector: 'input[type=text]' })).toBeNull())
  fireEvent.click(screen.getByLabelText('Limit to', { selector: 'input' }))
  await waitFor(() =>
    expect(changes()).toEqual([{ limit: 10_000_000 }, { limit: 150_000_000 }, { limit: null }, { limit: 150_000_000 }]),
  )
})

test('A number of parts that is too large counts as the largest.', async () => {
  const { changes } = await open()
  const field = (await screen.findByLabelText('Parts at once', { selector: 'input' })) as HTMLInputElement
  fireEvent.change(field, { target: { value: '640' } })
  fireEvent.blur(field)
  await waitFor(() => expect(changes()).toEqual([{ slots: 64 }]))
  expect(field.value).toBe('64')
})

test('A speed that is none is not taken, and the field finds back.', async () => {
  const { changes } = await open({ limit: 5_000_000 })
  const field = (await screen.findByLabelText('Speed limit', { selector: 'input' })) as HTMLInputElement
  fireEvent.change(field, { target: { value: '' } })
  fireEvent.blur(field)
  await waitFor(() => expect(field.value).toBe('5'))
  await nothingBut(changes)
})

test('A drag paints the hours between its corners.', async () => {
  const { changes } = await open()
  fireEvent.pointerDown(await hour('Monday 09:00, full speed'))
  fireEvent.pointerOver(await hour('Friday 17:00, full speed'))
  expect(await hour('Wednesday 12:00, limited to 5.0 MB/s')).toBeTruthy()
  expect(changes()).toEqual([])
  fireEvent.pointerUp(window)
  const painted = { days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00', limit: 5_000_000 }
  await waitFor(() => expect(changes()).toEqual([{ schedule: [painted] }]))
})

test('Escape takes a drag back.', async () => {
  const { changes } = await open()
  fireEvent.pointerDown(await hour('Monday 09:00, full speed'))
  fireEvent.pointerOver(await hour('Friday 17:00, full speed'))
  fireEvent.keyDown(window, { key: 'Escape' })
  fireEvent.pointerUp(window)
  expect(await hour('Monday 09:00, full speed')).toBeTruthy()
  await nothingBut(changes)
})

test('Arrow keys move, Space paints an hour and Shift paints on the way.', async () => {
  const { changes } = await open()
  fireEvent.click(await screen.findByLabelText('No uploads', { selector: 'input' }))
  fireEvent.keyDown(await hour('Monday 00:00, full speed'), { key: 'ArrowRight' })
  const next = await hour('Monday 01:00, full speed')
  expect((document.activeElement as HTMLElement).dataset).toMatchObject({ day: '0', hour: '1' })
  fireEvent.keyDown(next, { key: ' ' })
  await waitFor(() =>
    expect(changes().at(-1)).toEqual({ schedule: [{ days: [1], from: '01:00', to: '02:00', limit: 0 }] }),
  )
  await screen.findByText('Monday 01:00, no uploads')
  fireEvent.keyDown(next, { key: 'ArrowDown', shiftKey: true })
  await waitFor(() =>
    expect(changes().at(-1)).toEqual({ schedule: [{ days: [1, 2], from: '01:00', to: '02:00', limit: 0 }] }),
  )
})

test('The menu of a day does all of it at once, and copies it to others.', async () => {
  const { changes } = await open({ schedule: [{ ...night, days: [1] }] })
  const choose = async (day: string, item: string) => {
    fireEvent.click(await screen.findByRole('button', { name: `All of ${day}` }))
    fireEvent.click(await screen.findByRole('menuitem', { name: item }))
  }
  await choose('Monday', 'Copy to Monday to Friday')
  await waitFor(() => expect(changes().at(-1)).toEqual({ schedule: [{ ...night, days: [1, 2, 3, 4, 5] }] }))
  await choose('Tuesday', 'Copy to Monday to Sunday')
  await waitFor(() => expect(changes().at(-1)).toEqual({ schedule: [{ ...night, days: [1, 2, 3, 4, 5, 6, 7] }] }))
  await choose('Wednesday', 'Full speed all day')
  await waitFor(() => expect(changes().at(-1)).toEqual({ schedule: [{ ...night, days: [1, 2, 4, 5, 6, 7] }] }))
})

test('What "limited" means changes the hours that are limited.', async () => {
  const office = { days: [1], from: '09:00', to: '18:00', limit: 20_000_000 }
  const { changes } = await open({ schedule: [office, night] })
  const field = (await screen.findByLabelText('Limited means', { selector: 'input' })) as HTMLInputElement
  expect(field.value).toBe('20')
  fireEvent.change(field, { target: { value: '2.5' } })
  await waitFor(() => expect(changes()).toEqual([{ schedule: [{ ...office, limit: 2_500_000 }, night] }]))
})

test('What is now and next is said, and the present hour is marked.', async () => {
  await open({ schedule: [night] })
  await screen.findByText('Now: Saturday 14:32, full speed. Next: no uploads, Sunday 02:00 to 06:00.')
  expect((await hour('Saturday 14:00, full speed')).dataset.now).toBe('true')
})

test('Parts at once and mains power are set at once.', async () => {
  const { changes } = await open()
  fireEvent.change(await screen.findByLabelText('Parts at once', { selector: 'input' }), { target: { value: '12' } })
  fireEvent.click(screen.getByLabelText('Upload only on mains power', { selector: 'input' }))
  await waitFor(() => expect(changes()).toEqual([{ onlyOnMains: true }, { slots: 12 }]))
})

test('A change from elsewhere is shown.', async () => {
  const { engine } = await open()
  const mains = (await screen.findByRole('switch')) as HTMLInputElement
  act(() => engine.emit('settings', 'changed', { ...usualSettings, onlyOnMains: true }))
  await waitFor(() => expect(mains.checked).toBe(true))
})

test('A change that the engine refuses is said and taken back.', async () => {
  await open({}, { settingsFailure: { kind: 'disk_full', detail: null } })
  const mains = (await screen.findByRole('switch')) as HTMLInputElement
  fireEvent.click(mains)
  await screen.findByRole('alert')
  await waitFor(() => expect(mains.checked).toBe(false))
})

test('What comes back of an earlier change does not undo one that is under way.', async () => {
  const answer = Promise.withResolvers<void>()
  const { engine, changes } = await open({}, {}, answer.promise)
  const first = await hour('Monday 00:00, full speed')
  fireEvent.keyDown(first, { key: ' ' })
  await hour('Monday 00:00, limited to 5.0 MB/s')
  act(() => engine.emit('settings', 'changed', usualSettings))
  fireEvent.keyDown(first, { key: 'End' })
  fireEvent.keyDown(await hour('Monday 23:00, full speed'), { key: ' ' })
  await hour('Monday 23:00, limited to 5.0 MB/s')
  answer.resolve()
  const [early, late] = [
    { from: '00:00', to: '01:00' },
    { from: '23:00', to: '00:00' },
  ]
  const painted = [early, late].map((times) => ({ days: [1], ...times, limit: 5_000_000 }))
  await waitFor(() => expect(changes().at(-1)).toEqual({ schedule: painted }))
})
