import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, vi } from 'vitest'
import { openDatabase } from '../../src/main/engine/db/database.ts'
import type { Failure } from '../../src/shared/failure.ts'
import {
  type FolderActivity,
  type FolderOptions,
  type FolderView,
  usualFolderOptions,
} from '../../src/shared/folder.ts'
import type { EngineControl } from './engine-control.ts'
import type { EngineProcess, EngineProcessOptions } from './engine-process.ts'
import { type Lab, startLab } from './lab.ts'
import type { LocalEngine, LocalEngineOptions } from './local-engine.ts'
import { value } from './value.ts'

/** How long the app may take for what it does by itself (ms). */
export const patience = { timeout: 30_000, interval: 50 }

type SceneOptions = { readonly emulator?: { readonly bytesPerSecond: number }; readonly engine?: LocalEngineOptions }
type Scene = {
  readonly lab: Lab
  readonly engine: LocalEngine
  readonly folder: string
  /** Of a file in the folder. */
  readonly path: (name: string) => string
}

/** A person with a folder to watch. */
export async function scene({ emulator, engine: engineOptions }: SceneOptions = {}): Promise<Scene> {
  const lab = await startLab({ faults: true, ...(emulator && { emulator }) })
  onTestFinished(() => lab.close())
  const engine = lab.engine(undefined, engineOptions)
  await engine.signIn()
  const folder = join(lab.folder, 'Dailies')
  await mkdir(folder)
  return { lab, engine, folder, path: (name) => join(folder, name) }
}

/** So small that a file of a few hundred kilobytes goes in parts. */
export const partSize = 64 * 1024

/** The same with an engine in a process of its own, which sends in small parts. */
export async function processScene(
  options: EngineProcessOptions = {},
): Promise<Omit<Scene, 'engine'> & { readonly engine: EngineProcess }> {
  const lab = await startLab({ faults: true, emulator: { minPartSize: partSize } })
  onTestFinished(() => lab.close())
  const engine = await lab.engineProcess(undefined, { ...options, partSize, slots: 2 })
  await engine.signIn()
  const folder = join(lab.folder, 'Dailies')
  await mkdir(folder)
  return { lab, engine, folder, path: (name) => join(folder, name) }
}

/** Watches the folder, and waits a second only until a file is still. */
export async function watch(
  { handlers }: Pick<LocalEngine, 'handlers'>,
  folder: string,
  options: Partial<FolderOptions> = {},
  existing: 'upload' | 'leave' = 'upload',
): Promise<FolderView> {
  const { id: draft } = value(await handlers.folders.draft({ paths: [folder] }))
  const chosen = { ...usualFolderOptions, stillSeconds: 1, ...options }
  return value(await handlers.folders.start({ draft, purpose: 'folders', options: chosen, existing }))
}

/** The only folder. */
export const folderOf = async ({ handlers }: Pick<LocalEngine, 'handlers'>): Promise<FolderView> => {
  const [folder] = value(await handlers.folders.list())
  if (folder === undefined) throw new Error('no folder is watched')
  return folder
}

/** Waits until the folder is doing this by itself. */
export const does = (engine: Pick<LocalEngine, 'handlers'>, activity: Partial<FolderActivity>) =>
  vi.waitFor(async () => expect((await folderOf(engine)).activity).toMatchObject(activity), patience)

export const unavailable = (kind: Failure['kind']) =>
  ({ state: 'unavailable', failure: { kind } }) as Partial<FolderActivity>

/** Keys below the folder's prefix, with what is stored there. */
export async function stored(lab: Lab): Promise<Record<string, string>> {
  const objects = await lab.objects()
  const contents = objects.map(async ({ key }) => [
    key.split('/').slice(3).join('/'),
    String(await lab.object({ key })),
  ])
  return Object.fromEntries(await Promise.all(contents))
}

/** How many objects were put, each time that one was. */
export const puts = (lab: Lab): number =>
  lab.served().filter(({ operation, stored }) => stored && operation === 'PutObject').length

/** Waits until the folder was looked through after now and nothing is left to do. */
export async function lookedThrough(engine: Pick<LocalEngine, 'handlers'>): Promise<FolderView> {
  const { id, lookedAt } = await folderOf(engine)
  value(await engine.handlers.folders.lookAgain({ id }))
  return vi.waitFor(async () => {
    const folder = await folderOf(engine)
    const { waiting, beingWritten, uploading } = folder.counts
    expect(folder).toMatchObject({ activity: { state: 'watching' } })
    expect(folder.lookedAt).toBeGreaterThan(lookedAt ?? 0)
    expect(waiting + beingWritten + uploading).toBe(0)
    return folder
  }, patience)
}

/** Waits until the folder was looked through after now, whatever is left to do. */
export async function lookedAt(engine: Pick<LocalEngine, 'handlers'>): Promise<void> {
  const { id, lookedAt } = await folderOf(engine)
  value(await engine.handlers.folders.lookAgain({ id }))
  await vi.waitFor(async () => expect((await folderOf(engine)).lookedAt).toBeGreaterThan(lookedAt ?? 0), patience)
}

/** Waits until the bucket holds these files of the folder and no others, and the engine knows it. */
export async function arrives(
  { lab, engine }: { readonly lab: Lab; readonly engine: Pick<EngineControl, 'until'> },
  contents: Record<string, string>,
): Promise<void> {
  await vi.waitFor(async () => expect(await stored(lab)).toEqual(contents), patience)
  await engine.until((_, { counts }) => counts.active === 0)
}

/** Another engine on the profile of one, which does not know any more what it has uploaded. */
export async function withoutRecords(lab: Lab, engine: LocalEngine): Promise<LocalEngine> {
  await engine.stop()
  const opened = openDatabase(engine.profile)
  if (!opened.ok) throw new Error(opened.failure)
  opened.value.prepare('DELETE FROM uploaded_files').run()
  opened.value.close()
  const next = lab.engine(engine.profile)
  await next.begin()
  return next
}
