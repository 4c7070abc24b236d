import { type BrowserWindow, dialog } from 'electron'
import { ok, type Result } from '../../shared/failure.ts'
import type { FolderDraft } from '../../shared/folder.ts'
import { channelOf, type Handlers, type Ipc } from '../../shared/ipc.ts'
import type { AddRequest, AddSummary } from '../../shared/transfer.ts'

type Properties = NonNullable<Electron.OpenDialogOptions['properties']>

/** Opens the system's dialogs over the window and hands what was chosen to the engine; the answer is null where nothing was. */
export function chooseHandlers(
  window: () => BrowserWindow,
  callEngine: (channel: string, input: unknown) => Promise<Result<unknown>>,
): Handlers<Ipc['choose']> {
  const chosenPaths = async (properties: Properties): Promise<string[] | null> => {
    const { canceled, filePaths } = await dialog.showOpenDialog(window(), { properties })
    return canceled || filePaths.length === 0 ? null : filePaths
  }
  const addFrom = async (purpose: string, properties: Properties): Promise<Result<AddSummary | null>> => {
    const paths = await chosenPaths(properties)
    if (!paths) return ok(null)
    const request: AddRequest = { purpose, paths }
    return (await callEngine(channelOf('transfers', 'add'), request)) as Result<AddSummary>
  }
  return {
    files: ({ purpose }) => addFrom(purpose, ['openFile', 'multiSelections']),
    folder: ({ purpose }) => addFrom(purpose, ['openDirectory']),
    watch: async () => {
      const paths = await chosenPaths(['openDirectory', 'createDirectory'])
      if (!paths) return ok(null)
      return (await callEngine(channelOf('folders', 'draft'), { paths })) as Result<FolderDraft>
    },
  }
}
