import { type BrowserWindow, dialog } from 'electron'
import { ok, type Result } from '../../shared/failure.ts'
import { channelOf, type Handlers, type Ipc } from '../../shared/ipc.ts'
import type { AddRequest, AddSummary } from '../../shared/transfer.ts'

/** Opens the system's dialogs over the window and adds what was chosen; the answer is null where nothing was. */
export function chooseHandlers(
  window: () => BrowserWindow,
  callEngine: (channel: string, input: unknown) => Promise<Result<unknown>>,
): Handlers<Ipc['choose']> {
  const addFrom = async (
    purpose: string,
    properties: NonNullable<Electron.OpenDialogOptions['properties']>,
  ): Promise<Result<AddSummary | null>> => {
    const { canceled, filePaths } = await dialog.showOpenDialog(window(), { properties })
    if (canceled || filePaths.length === 0) return ok(null)
    const request: AddRequest = { purpose, paths: filePaths }
    return (await callEngine(channelOf('transfers', 'add'), request)) as Result<AddSummary>
  }
  return {
    files: ({ purpose }) => addFrom(purpose, ['openFile', 'multiSelections']),
    folder: ({ purpose }) => addFrom(purpose, ['openDirectory']),
  }
}
