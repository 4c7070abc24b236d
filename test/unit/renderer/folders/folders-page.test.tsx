// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { usualFolderOptions } from '../../../../src/shared/folder.ts'
import { type FakeEngineState, signedIn, transferRow } from '../../../support/fake-engine.ts'
import { folderView } from '../../../support/fake-folders.ts'
import { openPage } from './open-page.tsx'

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

const open = async (state: FakeEngineState) => {
  const opened = await openPage('folders', state)
  ends.push(opened.end)
  return opened
}
const { counts } = folderView(1)
const dailies = folderView(1, { name: 'Dailies', path: '/mnt/dailies', purpose: 'dailies' })
const card = (name: string) => screen.findByRole('listitem', { name })
const choose = async (name: string, item: string) => {
  fireEvent.click(within(await card(name)).getByRole('button', { name: `More for ${name}` }))
  const found = await screen.findByRole('menuitem', { name: item })
  found.focus()
  fireEvent.click(found)
  return within(await screen.findByRole('dialog'))
}

test('A card says what the folder is doing, where its files go and how many there are.', async () => {
  await open({
    session: { ...signedIn, purposes: [{ name: 'dailies', label: 'film-archive dailies', folders: true }] },
    folders: [{ ...dailies, counts: { ...counts, uploaded: 1_204, beingWritten: 1, failed: 1 } }],
  })
  const found = await card('Dailies')
  expect(found.textContent).toContain('Watching')
  expect(found.textContent).toContain('/mnt/dailies goes to film-archive dailies')
  const said = within(found).getAllByRole('listitem')
  expect(said.map(({ textContent }) => textContent)).toEqual(['1,204 uploaded', '1 still being written', '1 needs you'])
})

test('The navigation counts the folders, and the page follows the engine.', async () => {
  const { engine } = await open({ folders: [dailies] })
  await screen.findByRole('link', { name: 'Folders, 1 watched' })
  act(() => engine.emit('folders', 'changed', [dailies, folderView(2, { name: 'Scans' })]))
  expect(within(await card('Scans')).getByText('Watching')).toBeTruthy()
  expect(screen.getByRole('link', { name: 'Folders, 2 watched' }).getAttribute('aria-current')).toBe('page')
})

test('What cannot be uploaded is said with what to do and where the first is.', async () => {
  await open({
    folders: [{ ...dailies, problems: [{ why: 'name_not_text', count: 2, bytes: 0, first: 'caf\ufffd.wav' }] }],
  })
  expect((await card('Dailies')).textContent).toContain(
    '2 items have names that are not valid text. Rename them to upload them. First: caf\ufffd.wav',
  )
})

test('A path that is too long for a card is cut in its middle and whole in its tooltip.', async () => {
  const first = `${'deep/'.repeat(800)}a.tmp`
  await open({ folders: [{ ...dailies, problems: [{ why: 'path_too_long', count: 1, bytes: 0, first }] }] })
  const said = within(await card('Dailies')).getByTitle(first)
  expect(said.textContent).toMatch(/^(deep\/)+.*….*a\.tmp$/)
  expect(said.textContent?.length).toBe(120)
  expect(said.parentElement?.textContent).toContain('It is: deep/')
})

test('From the files that need a person a link leads to the transfers that do, and the focus with it.', async () => {
  const failure = { kind: 'source_unreadable', detail: null } as const
  const { inputsOf } = await open({
    folders: [{ ...dailies, counts: { ...counts, uploaded: 1, failed: 1 } }],
    rows: [
      transferRow(1, { name: 'locked.mov', state: 'failed', activity: 'failed', failure }),
      transferRow(2, { name: 'sent.mov', state: 'completed', activity: 'completed' }),
    ],
  })
  const link = within(await card('Dailies')).getByRole('link', { name: '1 needs you' })
  link.focus()
  fireEvent.click(link)
  const chip = await screen.findByRole('button', { name: 'Needs you 1' })
  expect(chip.getAttribute('aria-pressed')).toBe('true')
  expect(document.activeElement).toBe(screen.getByRole('main'))
  await waitFor(() => expect(inputsOf('transfers.page')).toEqual([expect.objectContaining({ filter: 'failed' })]))
  fireEvent.click(screen.getByRole('link', { name: /^Transfers/ }))
  const all = await screen.findByRole('button', { name: 'All 2' })
  await waitFor(() => expect(all.getAttribute('aria-pressed')).toBe('true'))
})

test('The focus goes back to the menu that a dialog was opened from.', async () => {
  await open({ folders: [dailies] })
  const dialog = await choose('Dailies', 'Remove…')
  fireEvent.click(dialog.getByRole('button', { name: 'Cancel' }))
  const more = within(await card('Dailies')).getByRole('button', { name: 'More for Dailies' })
  await waitFor(() => expect(document.activeElement).toBe(more))
})

test('The focus goes to the page where the folder that had it was removed.', async () => {
  await open({ folders: [dailies] })
  const dialog = await choose('Dailies', 'Remove…')
  fireEvent.click(dialog.getByRole('button', { name: 'Stop watching' }))
  await screen.findByRole('heading', { name: 'No folder is watched yet' })
  await waitFor(() => expect(document.activeElement).toBe(screen.getByRole('main')))
})

test('A folder is paused and resumed.', async () => {
  const { inputsOf } = await open({ folders: [dailies] })
  fireEvent.click(within(await card('Dailies')).getByRole('button', { name: 'Pause' }))
  fireEvent.click(await within(await card('Dailies')).findByRole('button', { name: 'Resume' }))
  await within(await card('Dailies')).findByText('Looking through')
  expect([inputsOf('folders.pause'), inputsOf('folders.resume')]).toEqual([[{ id: dailies.id }], [{ id: dailies.id }]])
})

test('A folder that is away can be checked again at once.', async () => {
  const failure = { kind: 'source_missing', detail: 'ENOENT' } as const
  const { inputsOf } = await open({
    folders: [{ ...dailies, activity: { state: 'unavailable', failure, since: Date.now() } }],
  })
  fireEvent.click(within(await card('Dailies')).getByRole('button', { name: 'Check again' }))
  await within(await card('Dailies')).findByText('Looking through')
  expect(inputsOf('folders.lookAgain')).toEqual([{ id: dailies.id }])
})

test.each([
  { history: 'keep', choice: null },
  { history: 'forget', choice: 'Forget it' },
])('A folder is removed, its history $history, only after it was asked.', async ({ history, choice }) => {
  const { inputsOf } = await open({ folders: [{ ...dailies, counts: { ...counts, waiting: 5, beingWritten: 1 } }] })
  const dialog = await choose('Dailies', 'Remove…')
  expect(dialog.getByText(/^Nothing is deleted, on this computer or in S3\./).textContent).toContain(
    '6 files that are not uploaded yet leave the list.',
  )
  expect(inputsOf('folders.remove')).toEqual([])
  if (choice) fireEvent.click(dialog.getByRole('radio', { name: choice }))
  fireEvent.click(dialog.getByRole('button', { name: 'Stop watching' }))
  await screen.findByRole('heading', { name: 'No folder is watched yet' })
  expect(inputsOf('folders.remove')).toEqual([{ id: dailies.id, history }])
})

test('A removal that fails is said in its dialog, and the folder stays.', async () => {
  await open({ folders: [dailies], folderFailure: { kind: 'database_failed', detail: 'SQLITE_IOERR' } })
  const dialog = await choose('Dailies', 'Remove…')
  fireEvent.click(dialog.getByRole('button', { name: 'Stop watching' }))
  await waitFor(() => expect(dialog.getByRole('alert').textContent).toContain('could not write to its database'))
  expect(screen.getByRole('listitem', { name: 'Dailies', hidden: true })).toBeTruthy()
})

test('The options of a watched folder start as they are, show what they do, and are saved together.', async () => {
  const options = { ...usualFolderOptions, rules: '*.tmp' }
  const { inputsOf } = await open({ folders: [{ ...dailies, options }] })
  const dialog = await choose('Dailies', 'Rules and options…')
  expect(dialog.queryByLabelText('Upload to')).toBeNull()
  const rules = dialog.getByLabelText('Ignore also') as HTMLTextAreaElement
  expect(rules.value).toBe('*.tmp')
  await waitFor(() => expect(inputsOf('folders.preview')).toEqual([{ id: dailies.id, options }]))
  fireEvent.change(rules, { target: { value: '*.tmp\n/drafts/' } })
  fireEvent.change(dialog.getByLabelText('When S3 has another file by its name'), { target: { value: 'keep_both' } })
  fireEvent.click(dialog.getByRole('button', { name: 'Save' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(inputsOf('folders.change')).toEqual([
    { id: dailies.id, options: { ...options, rules: '*.tmp\n/drafts/', whenTaken: 'keep_both' } },
  ])
})
