// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { App } from '../../../src/renderer/App.tsx'
import { listen } from '../../../src/renderer/data/listen.ts'
import { createServices } from '../../../src/renderer/data/services.tsx'
import { createWords } from '../../../src/renderer/i18n/create-words.ts'
import { ok } from '../../../src/shared/failure.ts'
import type { Api } from '../../../src/shared/ipc.ts'
import { type FakeEngineState, fakeEngine, queueOf, transferRow } from '../../support/fake-engine.ts'
import '../../support/page-patience.ts'

/**
 * Without a layout nothing has a size: a list without a height shows no rows, and Mantine's focus trap warns that it
 * sees nothing to focus.
 */
beforeAll(() => {
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600)
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(900)
  vi.spyOn(console, 'warn').mockReturnValue()
})

const ends: (() => void)[] = []
afterEach(() => {
  cleanup()
  for (const end of ends.splice(0)) end()
  window.location.hash = ''
})

const open = (state: FakeEngineState) => {
  const engine = fakeEngine(state)
  show(engine.api)
  return engine
}

const show = (api: Api) => {
  const services = createServices(api, Date.now)
  ends.push(listen(services))
  render(<App services={services} words={createWords()} />)
}

const callsOf = (engine: ReturnType<typeof open>, command: string) =>
  engine.calls.filter((call) => call.command === command).map(({ input }) => input)

const uploading = transferRow(1, {
  name: 'reel.tar',
  activity: 'uploading',
  size: 48_000_000_000,
  acknowledged: 30_870_000_000,
})

test('A row says its state to tests and to people, and its bar what is stored.', async () => {
  open({ rows: [uploading] })
  const row = await screen.findByRole('row', { name: 'reel.tar' })
  expect(row.dataset).toMatchObject({ state: 'queued', activity: 'uploading' })
  expect(within(row).getByText('Uploading')).toBeTruthy()
  expect(within(row).getByRole('progressbar').getAttribute('aria-valuetext')).toBe(
    '64.31 percent stored, 30.87 of 48 gigabytes',
  )
})

test('Live numbers move a row on, and never back.', async () => {
  const engine = open({ rows: [uploading] })
  const row = await screen.findByRole('row', { name: 'reel.tar' })
  const progress = {
    id: uploading.id,
    activity: 'uploading',
    read: 36_000_000_100,
    acknowledged: 36_000_000_000,
    inFlight: 100,
    bytesPerSecond: 52_600_000,
    secondsLeft: 325,
  } as const
  act(() => engine.emit('transfers', 'progress', [progress]))
  expect(within(row).getByText('75.00 %')).toBeTruthy()
  expect(within(row).getByText('52.6 MB/s · 5 min')).toBeTruthy()
  act(() => engine.emit('transfers', 'progress', [{ ...progress, acknowledged: 1 }]))
  expect(within(row).getByText('64.31 %')).toBeTruthy()
})

test('A row that changed in place is shown without asking for the list again.', async () => {
  const engine = open({ rows: [uploading] })
  await screen.findByRole('row', { name: 'reel.tar' })
  const asked = callsOf(engine, 'transfers.page').length
  act(() =>
    engine.emit('transfers', 'changed', { rows: [{ ...uploading, acknowledged: 36_000_000_000 }], stale: false }),
  )
  await screen.findByText('75.00 %')
  expect(callsOf(engine, 'transfers.page').length).toBe(asked)
})

test('A row that the list does not know makes it ask again.', async () => {
  const engine = open({ rows: [uploading] })
  await screen.findByRole('row', { name: 'reel.tar' })
  const asked = callsOf(engine, 'transfers.page').length
  act(() => engine.emit('transfers', 'changed', { rows: [transferRow(2)], stale: false }))
  await waitFor(() => expect(callsOf(engine, 'transfers.page').length).toBe(asked + 1))
})

test('A list that is answered more slowly than rows come is shown all the same.', async () => {
  const engine = fakeEngine({ rows: [uploading] })
  let asked = 0
  const page = async () => {
    asked += 1
    const rows = Array.from({ length: asked }, (_, index) => transferRow(index + 1))
    // slower than the page may ask again
    await new Promise((resolve) => setTimeout(resolve, 700))
    return ok({ rows, total: rows.length })
  }
  show({ ...engine.api, transfers: { ...engine.api.transfers, page } })
  const coming = setInterval(() => act(() => engine.emit('transfers', 'changed', { rows: [], stale: true })), 50)
  ends.push(() => clearInterval(coming))
  await screen.findByRole('row', { name: 'file-2.mov' })
})

test('Space pauses the focused transfer, Delete asks before stored parts are lost.', async () => {
  const engine = open({ rows: [uploading] })
  const row = await screen.findByRole('row', { name: 'reel.tar' })
  fireEvent.keyDown(row, { key: 'Delete' })
  const dialog = await screen.findByRole('dialog')
  expect(dialog.textContent).toContain('30.87 GB of it are stored already')
  fireEvent.click(within(dialog).getByRole('button', { name: 'Keep uploading' }))
  expect(callsOf(engine, 'transfers.cancel')).toEqual([])
  fireEvent.keyDown(row, { key: ' ' })
  await screen.findByText(/^Paused$/)
  expect(callsOf(engine, 'transfers.pause')).toEqual([{ ids: [uploading.id] }])
})

test('A failed row says why, what is safe and what to do, and its one button tries again.', async () => {
  const engine = open({
    rows: [
      transferRow(1, {
        name: 'reel.tar',
        state: 'failed',
        activity: 'failed',
        failure: { kind: 'source_unstable', detail: 'size' },
      }),
    ],
  })
  fireEvent.click(await screen.findByRole('button', { name: 'it changed while being sent' }))
  const explanation = await screen.findByRole('dialog')
  for (const words of ['What happened', 'What is safe', 'What to do', 'Your file is untouched.'])
    expect(within(explanation).getByText(words)).toBeTruthy()
  expect(explanation.textContent).not.toContain('source_unstable')
  const row = screen.getByRole('row', { name: 'reel.tar' })
  fireEvent.click(within(row).getByRole('button', { name: 'Upload again' }))
  await waitFor(() => expect(row.dataset.activity).toBe('queued'))
  expect(callsOf(engine, 'transfers.retry').length).toBe(1)
})

test('One cause speaks once in the banner, and can be checked now.', async () => {
  const rows = [transferRow(1, { activity: 'waiting' }), transferRow(2, { activity: 'waiting' })]
  const engine = open({ rows })
  await screen.findByRole('row', { name: 'file-1.mov' })
  act(() =>
    engine.emit('queue', 'changed', queueOf(rows, { hold: { kind: 'offline', since: Date.now(), until: null } })),
  )
  await screen.findByText('No network.')
  expect(screen.getAllByText('Waiting for network').length).toBe(2)
  fireEvent.click(screen.getByRole('button', { name: 'Check now' }))
  expect(callsOf(engine, 'queue.tryNow').length).toBe(1)
})

test('The rest of the schedule says its end, and leads to where it is changed.', async () => {
  const until = new Date(2026, 10, 22, 18).getTime()
  open({ rows: [transferRow(1, { activity: 'waiting' })], queue: { hold: { kind: 'schedule', since: 0, until } } })
  await screen.findByText('Uploads rest until 18:00.')
  expect(screen.queryByRole('button', { name: 'Check now' })).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Change schedule' }))
  await screen.findByRole('heading', { name: 'Weekly schedule' })
})

test('The chips count what they show; "Needs you" is there only when something does.', async () => {
  open({ rows: [uploading, transferRow(2, { state: 'paused', activity: 'paused' })] })
  fireEvent.click(await screen.findByRole('button', { name: 'Paused 1' }))
  await screen.findByRole('row', { name: 'file-2.mov' })
  expect(screen.queryByRole('row', { name: 'reel.tar' })).toBeNull()
  expect(screen.queryByRole('button', { name: /Needs you/ })).toBeNull()
})

test('A drop hands the files themselves to the preload and says what became of them.', async () => {
  const engine = open({ rows: [uploading] })
  await screen.findByRole('row', { name: 'reel.tar' })
  const file = new File(['x'], 'take.mov')
  const items = [{ kind: 'file', webkitGetAsEntry: () => ({ isDirectory: false }) }]
  const dataTransfer = { types: ['Files'], files: [file], items, dropEffect: 'none' }
  fireEvent(window, Object.assign(new Event('dragover', { cancelable: true }), { dataTransfer }))
  expect(screen.getByRole('heading', { name: 'Drop to upload to film-archive' })).toBeTruthy()
  expect(screen.getByText('1 item')).toBeTruthy()
  const drop = Object.assign(new Event('drop', { cancelable: true }), { dataTransfer })
  fireEvent(window, drop)
  expect(drop.defaultPrevented).toBe(true)
  expect(callsOf(engine, 'transfers.add')).toEqual([{ purpose: 'archive', files: [file] }])
  await screen.findByText('1 file, 212 GB added')
})

test('A drop where nobody is signed in goes nowhere, and does not leave the page.', async () => {
  const engine = open({ session: { state: 'signed_out' } })
  await screen.findByRole('heading', { name: 'Welcome to Longshore' })
  const dataTransfer = { types: ['Files'], files: [new File(['x'], 'a')], items: [], dropEffect: 'copy' }
  const drop = Object.assign(new Event('drop', { cancelable: true }), { dataTransfer })
  fireEvent(window, drop)
  expect(drop.defaultPrevented).toBe(true)
  expect(callsOf(engine, 'transfers.add')).toEqual([])
})

test('The first run asks the broker who it is, then for the token, and opens the page.', async () => {
  const engine = open({ session: { state: 'signed_out' } })
  fireEvent.change(await screen.findByRole('textbox', { name: 'Broker address' }), {
    target: { value: 'broker.example.com' },
  })
  fireEvent.click(screen.getByRole('button', { name: 'Continue' }))
  const token = await screen.findByLabelText('Token')
  expect(callsOf(engine, 'session.about')).toEqual([{ brokerUrl: 'https://broker.example.com' }])
  fireEvent.change(token, { target: { value: ' demo-token\n' } })
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
  await screen.findByRole('heading', { name: 'Drop files or folders here' })
  expect(callsOf(engine, 'session.signIn')).toEqual([{ brokerUrl: 'https://broker.example.com', token: 'demo-token' }])
})

const pasteLink = async (link: string) => {
  fireEvent.change(await screen.findByRole('textbox', { name: 'Broker address' }), { target: { value: link } })
  fireEvent.click(screen.getByRole('button', { name: 'Continue' }))
}

test('The link of an invitation, pasted as the address, signs in by itself.', async () => {
  const engine = open({ session: { state: 'signed_out' } })
  await pasteLink('https://send.example/invite/')
  await screen.findByText(/its last part is missing/)
  await pasteLink('https://send.example/invite/#inv_token ')
  await screen.findByRole('heading', { name: 'Drop files or folders here' })
  expect(callsOf(engine, 'session.about')).toEqual([])
  expect(callsOf(engine, 'session.signIn')).toEqual([{ brokerUrl: 'https://send.example', token: 'inv_token' }])
})

test('An invitation that was taken back is said so beside its link.', async () => {
  open({ session: { state: 'signed_out' }, signInFailure: { kind: 'revoked', detail: 'revoked' } })
  await pasteLink('https://send.example/invite/#inv_token')
  await screen.findByText(/This invitation was taken back/)
})

test('A token that the broker refuses is said in words beside it.', async () => {
  open({ session: { state: 'signed_out' }, signInFailure: { kind: 'signed_out', detail: '401' } })
  fireEvent.change(await screen.findByRole('textbox', { name: 'Broker address' }), { target: { value: 'b.example' } })
  fireEvent.click(screen.getByRole('button', { name: 'Continue' }))
  fireEvent.change(await screen.findByLabelText('Token'), { target: { value: 'wrong' } })
  fireEvent.click(screen.getByRole('button', { name: 'Sign in' }))
  await screen.findByText(/does not know this token/)
})

test('A database of a newer Longshore is named, and can be put aside.', async () => {
  const engine = open({ engine: { state: 'refused', problem: 'database_newer' } })
  await screen.findByRole('heading', { name: 'This list was made by a newer Longshore' })
  fireEvent.click(screen.getByRole('button', { name: 'Start fresh' }))
  await screen.findByRole('heading', { name: 'Drop files or folders here' })
  expect(callsOf(engine, 'app.startFresh').length).toBe(1)
  await screen.findByText(/The old list is kept at/)
})

test('A database that another Longshore uses is tried again, and never offered to be put aside.', async () => {
  open({ engine: { state: 'refused', problem: 'database_locked' } })
  await screen.findByRole('heading', { name: 'Longshore is running already' })
  expect(screen.queryByRole('button', { name: 'Start fresh' })).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await screen.findByRole('heading', { name: 'Drop files or folders here' })
})

test('A command that fails is said in words, without its code.', async () => {
  open({ rows: [uploading] })
  await screen.findByRole('row', { name: 'reel.tar' })
  fireEvent.click(screen.getByRole('button', { name: 'Add folder…' }))
  const alert = await screen.findByRole('alert')
  expect(alert.textContent).toBe(
    'This computer does not let Longshore read the file. Close the app that uses it or ask for the right to read it, then try again.',
  )
})
