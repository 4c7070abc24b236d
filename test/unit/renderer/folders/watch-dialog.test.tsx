// @vitest-environment happy-dom
import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { ok, type Result } from '../../../../src/shared/failure.ts'
import { type FolderPreview, type FolderRefusal, usualFolderOptions } from '../../../../src/shared/folder.ts'
import { type FakeEngineState, signedIn } from '../../../support/fake-engine.ts'
import { folderDraft } from '../../../support/fake-folders.ts'
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

const draft = folderDraft()
const preview: FolderPreview = {
  files: 1_318,
  bytes: 74_600_000_000,
  first: [{ path: 'roll-01/take-1.wav', size: 56_600_000 }],
  ignored: [
    { why: { kind: 'system', rule: '.DS_Store' }, count: 41, bytes: 252_000, first: '.DS_Store' },
    { why: { kind: 'link_outside' }, count: 1, bytes: 0, first: 'latest' },
  ],
  problems: [],
}
const purposes = [
  { name: 'archive', label: 'film-archive' },
  { name: 'sound', label: 'sound rolls', folders: true as const },
]

const open = async (state: FakeEngineState = {}) => {
  const opened = await openPage('folders', { session: { ...signedIn, purposes }, preview, ...state })
  ends.push(opened.end)
  return opened
}
const chooseFolder = async () => {
  fireEvent.click(await screen.findByRole('button', { name: 'Watch a folder…' }))
  return within(await screen.findByRole('dialog'))
}
type Dialog = Awaited<ReturnType<typeof chooseFolder>>
const typeRules = (dialog: Dialog, value: string) =>
  fireEvent.change(dialog.getByLabelText('Ignore also'), { target: { value } })

test('A chosen folder is counted before it is watched, and watched as it was asked for.', async () => {
  const { inputsOf } = await open()
  const dialog = await chooseFolder()
  expect(dialog.getByRole('heading', { name: 'Watch “Sound rolls”?' })).toBeTruthy()
  await dialog.findByText('1,318 files')
  expect(inputsOf('folders.preview')).toEqual([{ id: draft.id, options: usualFolderOptions }])
  expect(dialog.getByText('42 items')).toBeTruthy()
  expect(dialog.getByText('roll-01/take-1.wav')).toBeTruthy()
  expect(dialog.getByText('and 1,317 more files')).toBeTruthy()
  expect(inputsOf('folders.start')).toEqual([])
  fireEvent.change(dialog.getByLabelText('Files already inside'), { target: { value: 'leave' } })
  fireEvent.click(dialog.getByRole('tab', { name: 'Rules' }))
  fireEvent.click(dialog.getByLabelText('Upload hidden files, too'))
  fireEvent.click(dialog.getByRole('button', { name: 'Start watching' }))
  fireEvent.click(dialog.getByRole('button', { name: 'Starting…' }))
  await screen.findByRole('listitem', { name: 'Sound rolls' })
  expect(inputsOf('folders.start')).toEqual([
    { draft: draft.id, purpose: 'sound', options: { ...usualFolderOptions, hidden: true }, existing: 'leave' },
  ])
})

test('Of a folder that was watched before it is not said that all of it will be uploaded.', async () => {
  await open({ draft: folderDraft({ isKnown: true }) })
  const dialog = await chooseFolder()
  expect(dialog.getByText(/^This folder was watched before\./)).toBeTruthy()
  await dialog.findByText('1,318 files')
  expect(dialog.queryByText('Will upload')).toBeNull()
  expect(dialog.getByRole('tab', { name: 'Not ignored', selected: true })).toBeTruthy()
  fireEvent.change(dialog.getByLabelText('Files already inside'), { target: { value: 'leave' } })
  expect(dialog.getByRole('tab', { name: 'Will be left', selected: true })).toBeTruthy()
})

test('What is ignored is said by reason, with its rule and where the first is.', async () => {
  await open()
  const dialog = await chooseFolder()
  fireEvent.click(dialog.getByRole('tab', { name: 'Ignored' }))
  await dialog.findByText('latest')
  const rows = dialog.getAllByRole('row').map((row) => Array.from(row.children, ({ textContent }) => textContent))
  expect(rows).toEqual([
    ['Item', 'Because of', 'Size'],
    ['.DS_Store and 40 more', 'System files .DS_Store', '252 kB'],
    ['latest ', 'Link to outside this folder', '—'],
  ])
})

test('Purposes for folders are offered first here, and never for drops.', async () => {
  await open()
  expect(screen.queryByLabelText('Upload to')).toBeNull()
  const dialog = await chooseFolder()
  const place = dialog.getByLabelText('Upload to') as HTMLSelectElement
  expect(Array.from(place.options, ({ value }) => value)).toEqual(['sound', 'archive'])
})

test.each<{ refusal: FolderRefusal; words: RegExp }>([
  { refusal: { kind: 'inside', other: '/home/studio/Shoot' }, words: /inside a folder that is watched already/ },
  { refusal: { kind: 'around', other: '/home/studio/Shoot/Sound rolls/1' }, words: /A folder inside it is watched/ },
  { refusal: { kind: 'same', other: '/home/studio/Shoot/Sound rolls' }, words: /^It is watched already/ },
  { refusal: { kind: 'root' }, words: /whole disk/ },
  { refusal: { kind: 'not_a_folder' }, words: /not a folder/ },
  { refusal: { kind: 'unreadable' }, words: /does not let Longshore read it/ },
])('A folder that cannot be watched ($refusal.kind) is refused in words.', async ({ refusal, words }) => {
  const { inputsOf } = await open({ draft: folderDraft({ refusal }) })
  const dialog = await chooseFolder()
  expect(dialog.getByText(words)).toBeTruthy()
  if (refusal.kind === 'inside') expect(dialog.getByText('/home/studio/Shoot')).toBeTruthy()
  expect(dialog.queryByRole('button', { name: 'Start watching' })).toBeNull()
  expect(inputsOf('folders.preview')).toEqual([])
  fireEvent.click(dialog.getByRole('button', { name: 'Choose another folder…' }))
  await waitFor(() => expect(inputsOf('choose.watch').length).toBe(2))
})

test('Typing rules counts once it rests, and only the newest count is shown.', async () => {
  const { engine, inputsOf } = await open()
  const answers: ((result: Result<FolderPreview>) => void)[] = []
  const before = engine.api.folders.preview
  Object.assign(engine.api.folders, {
    preview: async (input: Parameters<typeof before>[0]) => {
      await before(input)
      return new Promise((answer) => answers.push(answer))
    },
  })
  const answer = (index: number, files: number) => act(async () => answers[index]?.(ok({ ...preview, files })))
  const dialog = await chooseFolder()
  fireEvent.click(dialog.getByRole('tab', { name: 'Rules' }))
  await waitFor(() => expect(answers.length).toBe(1))
  expect(dialog.getByRole('status').textContent).toBe('Counting…')
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => {
    vi.useRealTimers()
  })
  typeRules(dialog, '*')
  typeRules(dialog, '*.w')
  typeRules(dialog, '*.wav')
  await act(() => vi.advanceTimersByTimeAsync(300))
  expect(answers.length).toBe(1)
  await act(() => vi.advanceTimersByTimeAsync(100))
  expect(inputsOf('folders.preview').slice(1)).toEqual([
    { id: draft.id, options: { ...usualFolderOptions, rules: '*.wav' } },
  ])
  await answer(1, 7)
  expect(dialog.getByText('7 files')).toBeTruthy()
  expect(dialog.getByRole('status').textContent).toBe('7 files, 74.60 GB. 42 items are ignored.')
  await answer(0, 1_318)
  expect(dialog.getByText('7 files')).toBeTruthy()
})

test('What does not change which files are uploaded does not count again.', async () => {
  const { inputsOf } = await open()
  const dialog = await chooseFolder()
  await dialog.findByText('1,318 files')
  fireEvent.click(dialog.getByRole('tab', { name: 'Rules' }))
  fireEvent.change(dialog.getByLabelText('After a file is uploaded'), { target: { value: 'move' } })
  fireEvent.change(dialog.getByLabelText('Symbolic links'), { target: { value: 'follow' } })
  await waitFor(() => expect(inputsOf('folders.preview').length).toBe(2))
  expect(inputsOf('folders.preview')[1]).toEqual({ id: draft.id, options: { ...usualFolderOptions, links: 'follow' } })
})

test('Why a file is ignored can be asked, under the rules as they are typed.', async () => {
  const { inputsOf } = await open({ explanation: { reason: { kind: 'yours', rule: '*.tmp' } } })
  const dialog = await chooseFolder()
  fireEvent.click(dialog.getByRole('tab', { name: 'Rules' }))
  typeRules(dialog, '*.tmp')
  fireEvent.click(dialog.getByRole('tab', { name: 'Ignored' }))
  const ask = (path: string) => {
    fireEvent.change(dialog.getByLabelText('Why is a file ignored?'), { target: { value: path } })
    fireEvent.click(dialog.getByRole('button', { name: 'Find out' }))
  }
  ask('/somewhere/else.tmp')
  await dialog.findByText('Type a path inside this folder.')
  expect(inputsOf('folders.explain')).toEqual([])
  ask(`${draft.path}/roll-07/preview.tmp`)
  const said = await dialog.findByText(/is ignored:/)
  expect(said.textContent).toBe('roll-07/preview.tmp is ignored: Your rule *.tmp')
  expect(inputsOf('folders.explain')).toEqual([
    { id: draft.id, options: { ...usualFolderOptions, rules: '*.tmp' }, path: 'roll-07/preview.tmp' },
  ])
})

test('A folder that cannot be started is said in the dialog, and what was chosen stays.', async () => {
  await open({ folderFailure: { kind: 'input_invalid', detail: 'draft' } })
  const dialog = await chooseFolder()
  fireEvent.click(dialog.getByRole('tab', { name: 'Rules' }))
  typeRules(dialog, '*.tmp')
  fireEvent.click(dialog.getByRole('button', { name: 'Start watching' }))
  await dialog.findByText('Longshore no longer knows this folder. Close this and choose it again.')
  expect((dialog.getByLabelText('Ignore also') as HTMLTextAreaElement).value).toBe('*.tmp')
})
