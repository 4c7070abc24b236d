// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { App } from '../../../src/renderer/App.tsx'
import { listen } from '../../../src/renderer/data/listen.ts'
import { createServices } from '../../../src/renderer/data/services.tsx'
import { createWords } from '../../../src/renderer/i18n/create-words.ts'
import type { FailureKind } from '../../../src/shared/failure.ts'
import type { Purpose } from '../../../src/shared/session.ts'
import { type FakeEngineState, fakeEngine, signedIn } from '../../support/fake-engine.ts'
import '../../support/page-patience.ts'

/** Without a layout nothing has a size: Mantine's focus trap warns that it sees nothing to focus. */
beforeAll(() => {
  vi.spyOn(console, 'warn').mockReturnValue()
})

const ends: (() => void)[] = []
afterEach(() => {
  cleanup()
  for (const end of ends.splice(0)) end()
})

const archive: Purpose = { name: 'archive', label: 'film-archive', invitations: true }
const dailies: Purpose = { name: 'dailies', label: 'dailies', invitations: true }
const own: Purpose = { name: 'own', label: 'own people' }

const open = async (purposes: readonly Purpose[] = [archive], state: FakeEngineState = {}) => {
  const engine = fakeEngine({ session: { ...signedIn, purposes }, ...state })
  const services = createServices(engine.api, Date.now)
  ends.push(listen(services))
  render(<App services={services} words={createWords()} />)
  await screen.findByRole('heading', { name: 'Drop files or folders here' })
  const inputsOf = (name: string) =>
    engine.calls.filter(({ command }) => command === `invitations.${name}`).map(({ input }) => input)
  return { created: () => inputsOf('create'), revoked: () => inputsOf('revoke') }
}
const openDialog = async () => {
  fireEvent.click(screen.getByRole('button', { name: 'Invite…' }))
  return within(await screen.findByRole('dialog'))
}
const type = (dialog: Awaited<ReturnType<typeof openDialog>>, label: string, value: string) =>
  fireEvent.change(dialog.getByLabelText(label), { target: { value } })
const make = (dialog: Awaited<ReturnType<typeof openDialog>>) =>
  fireEvent.click(dialog.getByRole('button', { name: 'Make link' }))
const usual = { purpose: 'archive', note: '', expiresIn: 7 * 86_400, maxBytes: 10e9, maxFiles: 100 }

test('Where no purpose takes invitations, nobody can be invited.', async () => {
  await open([own])
  expect(screen.queryByRole('button', { name: 'Invite…' })).toBeNull()
})

test('Nobody is invited to a purpose that only watched folders can send for.', async () => {
  await open([own, { ...dailies, folders: true }])
  expect(screen.queryByRole('button', { name: 'Invite…' })).toBeNull()
})

test('A link is made as it was asked for, and shown with what it allows.', async () => {
  const { created } = await open()
  const dialog = await openDialog()
  expect(dialog.queryByLabelText('Files go to')).toBeNull()
  type(dialog, 'Note', 'The recordings of Tuesday, please.')
  fireEvent.click(dialog.getByLabelText('1 day'))
  type(dialog, 'All files together, at most', '2.5')
  fireEvent.change(dialog.getByLabelText('All files together, at most: unit'), { target: { value: 'TB' } })
  type(dialog, 'Files, at most', '12')
  type(dialog, 'Each file, at most', '50')
  type(dialog, 'Types of files', 'video/*, audio/wav')
  make(dialog)
  const link = (await dialog.findByLabelText('Link')) as HTMLInputElement
  expect(created()).toEqual([
    {
      purpose: 'archive',
      note: 'The recordings of Tuesday, please.',
      expiresIn: 86_400,
      maxBytes: 2.5e12,
      maxFiles: 12,
      maxSize: 50e9,
      contentTypes: ['video/*', 'audio/wav'],
    },
  ])
  expect([link.readOnly, link.value.startsWith('https://broker.example-archive.example/invite/#inv_')]).toEqual([
    true,
    true,
  ])
  const facts = dialog.getAllByRole('definition').map(({ textContent }) => textContent)
  const [place, until, ...limits] = facts
  expect([place, ...limits]).toEqual(['film-archive', '2.5 TB', '12', '50 GB', 'video/*, audio/wav'])
  expect(until).toMatch(/^\d+ \w+, \d\d:\d\d$/)
  expect(dialog.getByText('Anyone with this link can send files. It is not shown again.')).toBeTruthy()
})

test('Only purposes that take invitations can be chosen, first the one that one uploads to.', async () => {
  const { created } = await open([own, dailies, archive])
  fireEvent.change(screen.getByLabelText('Upload to'), { target: { value: 'archive' } })
  const dialog = await openDialog()
  const place = dialog.getByLabelText('Files go to') as HTMLSelectElement
  expect([place.value, Array.from(place.options, ({ value }) => value)]).toEqual(['archive', ['dailies', 'archive']])
  fireEvent.change(place, { target: { value: 'dailies' } })
  make(dialog)
  await dialog.findByLabelText('Link')
  expect(created()).toEqual([{ ...usual, purpose: 'dailies' }])
})

test('What is wrong is said at its field, which gets the focus; nothing is asked of the broker.', async () => {
  const { created } = await open()
  const dialog = await openDialog()
  type(dialog, 'All files together, at most', '')
  type(dialog, 'Types of files', 'jpg')
  make(dialog)
  await dialog.findByText('Type a size.')
  const total = dialog.getByLabelText('All files together, at most')
  expect([total.getAttribute('aria-invalid'), document.activeElement]).toEqual(['true', total])
  expect(dialog.getByText(/^Type media types such as/)).toBeTruthy()
  expect(dialog.getByText('More').closest('details')?.open).toBe(true)
  type(dialog, 'All files together, at most', '10')
  type(dialog, 'Types of files', '')
  make(dialog)
  await dialog.findByLabelText('Link')
  expect(created()).toEqual([usual])
})

test.each<{ kind: FailureKind; words: RegExp }>([
  { kind: 'not_allowed', words: /does not let you invite anyone/ },
  { kind: 'request_invalid', words: /accepts less than that/ },
  { kind: 'daily_limit', words: /Try again tomorrow/ },
  { kind: 'broker_unreachable', words: /does not answer right now/ },
  { kind: 'offline', words: /There is no network/ },
])('A refusal ($kind) is said in words, and what was typed stays.', async ({ kind, words }) => {
  await open([archive], { inviteFailure: { kind, detail: null } })
  const dialog = await openDialog()
  type(dialog, 'Note', 'Please.')
  make(dialog)
  await waitFor(() => expect(dialog.getByRole('alert').textContent).toMatch(words))
  expect((dialog.getByLabelText('Note') as HTMLTextAreaElement).value).toBe('Please.')
})

test('The link is copied whole, and the button says so.', async () => {
  const copied: string[] = []
  const before = document.execCommand
  onTestFinished(() => {
    document.execCommand = before
  })
  document.execCommand = (command) => {
    const event = Object.assign(new Event(command, { cancelable: true }), {
      clipboardData: { setData: (_: string, text: string) => copied.push(text) },
    })
    return document.dispatchEvent(event)
  }
  await open()
  const dialog = await openDialog()
  make(dialog)
  const copy = await dialog.findByRole('button', { name: 'Copy' })
  expect(document.activeElement).toBe(copy)
  fireEvent.click(copy)
  await dialog.findByRole('button', { name: 'Copied' })
  expect(copied).toEqual([(dialog.getByLabelText('Link') as HTMLInputElement).value])
})

test('The link that was just made can be taken back, and is gone then.', async () => {
  const { revoked } = await open()
  const dialog = await openDialog()
  make(dialog)
  const { value: link } = (await dialog.findByLabelText('Link')) as HTMLInputElement
  fireEvent.click(dialog.getByRole('button', { name: 'Take back' }))
  await dialog.findByText(/^Taken back/)
  expect(revoked()).toEqual([{ link }])
  expect(dialog.queryByLabelText('Link')).toBeNull()
})

test('Once the dialog was closed, the link is not shown again.', async () => {
  await open()
  const dialog = await openDialog()
  make(dialog)
  fireEvent.click(await dialog.findByRole('button', { name: 'Done' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  const again = await openDialog()
  expect(again.queryByLabelText('Link')).toBeNull()
  expect(again.getByRole('button', { name: 'Make link' })).toBeTruthy()
})
