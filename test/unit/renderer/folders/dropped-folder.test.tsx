// @vitest-environment happy-dom
import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type FakeEngineState, signedIn } from '../../../support/fake-engine.ts'
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

const open = async (state: FakeEngineState = {}) => {
  const opened = await openPage('transfers', state)
  ends.push(opened.end)
  return opened
}

const folder = new File([], 'Sound rolls')
const file = new File(['x'], 'take.wav')
const drop = (...files: readonly File[]) => {
  const items = files.map((item) => ({ kind: 'file', webkitGetAsEntry: () => ({ isDirectory: item === folder }) }))
  const dataTransfer = { types: ['Files'], files, items }
  fireEvent(window, Object.assign(new Event('drop', { cancelable: true }), { dataTransfer }))
}

test('One folder that is dropped can be uploaded once.', async () => {
  const { inputsOf } = await open()
  drop(folder)
  const dialog = within(await screen.findByRole('dialog'))
  expect(dialog.getByRole('heading', { name: 'Upload “Sound rolls” once, or keep watching it?' })).toBeTruthy()
  expect(inputsOf('transfers.add')).toEqual([])
  fireEvent.click(dialog.getByRole('button', { name: 'Upload once' }))
  await waitFor(() => expect(inputsOf('transfers.add')).toEqual([{ purpose: 'archive', files: [folder] }]))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(inputsOf('folders.draft')).toEqual([])
})

test('One folder that is dropped can be watched: the preload learns its path, and the page asks as after a choice.', async () => {
  const { inputsOf } = await open()
  drop(folder)
  fireEvent.click(await screen.findByRole('button', { name: 'Keep watching…' }))
  fireEvent.click(await screen.findByRole('button', { name: 'Start watching' }))
  await screen.findByRole('listitem', { name: 'Sound rolls' })
  expect([inputsOf('folders.draft'), inputsOf('transfers.add')]).toEqual([[{ files: [folder] }], []])
})

test('Where only folders can be sent for, a dropped folder is not offered to be uploaded once.', async () => {
  const purposes = [{ name: 'sound', label: 'sound rolls', folders: true as const }]
  await open({ session: { ...signedIn, purposes } })
  drop(folder)
  await screen.findByRole('heading', { name: 'Watch “Sound rolls”?' })
})

test.each([
  { what: 'a file', files: [file] },
  { what: 'a folder beside a file', files: [folder, file] },
])('A drop of $what is uploaded without a question.', async ({ files }) => {
  const { inputsOf } = await open()
  drop(...files)
  await waitFor(() => expect(inputsOf('transfers.add')).toEqual([{ purpose: 'archive', files }]))
  expect(screen.queryByRole('dialog')).toBeNull()
})
