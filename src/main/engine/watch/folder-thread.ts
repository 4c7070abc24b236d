import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Result } from '../../../shared/failure.ts'
import type { IgnoreReason } from '../../../shared/folder.ts'
import type { FromFolderThread, Question, Questions, ToFolderThread } from './folder-messages.ts'
import type { FoundFile, Hint, Looked, LookedAt, WalkOptions, WatchTrouble } from './found.ts'

/** Takes up to 500 files; no more come before it is done. */
export type OnFiles = (files: readonly FoundFile[]) => void | Promise<void>

export type WatchListeners = {
  readonly onHint: (hint: Hint) => void
  readonly onTrouble: (trouble: WatchTrouble) => void
}

/** Looks at one folder from a thread of its own. What is asked of one that ended, or through an aborted signal, rejects. */
export type FolderThread = {
  /** The whole folder. Fails with why the folder itself cannot be read. */
  readonly walk: (options: WalkOptions, onFiles: OnFiles, signal: AbortSignal) => Promise<Result<Looked>>
  /** The files in single folders, not those further below. Fails as `walk` does. */
  readonly list: (
    options: WalkOptions,
    folders: readonly string[],
    onFiles: OnFiles,
    signal: AbortSignal,
  ) => Promise<Result<Looked>>
  /** Single files as they are now, whatever the rules. */
  readonly look: (paths: readonly string[]) => Promise<readonly LookedAt[]>
  /** Which of these files a process has open for writing; told on Linux only, of processes one may look at. `lately`: as of a second ago. */
  readonly openForWriting: (sourceIds: readonly string[], when?: 'now' | 'lately') => Promise<ReadonlySet<string>>
  /**
   * Tells which folders to look at again, until it is asked anew or the thread ends; one hint at a time. Resolves when the
   * watch stands: what changes from then on is told. A folder that went away and came back must be asked for again.
   */
  readonly watch: (options: WalkOptions, listeners: WatchListeners) => Promise<void>
  /** Why a path (with `/` at its end: a folder) is ignored; null: it is not. */
  readonly explain: (options: WalkOptions, path: string) => Promise<IgnoreReason | null>
  /** Ends the thread; does not wait for one that hangs in a drive. */
  readonly end: () => Promise<void>
}

/** The thread died of an error, its cause: another one can be started. */
export class FolderThreadDied extends Error {}

/** How long a thread may take to end (ms); one that hangs in a drive ends when the drive lets it go. */
const endWithin = 1_000

/** A long walk leaves much behind that is soon forgotten: without a bound V8 lets it grow by 100 MB before it looks. */
const maxYoungGenerationSizeMb = 16

type Pending = {
  readonly answer: (answer: unknown) => void
  readonly reject: (error: unknown) => void
  readonly onFiles: OnFiles
}

/** Starts the thread of the folder at `root`, an absolute path; it need not be there. */
export function startFolderThread(root: string): FolderThread {
  // runs from source and from the build, where both files have the other extension
  const entry = new URL(`./thread/folder-worker${extname(import.meta.url)}`, import.meta.url)
  const worker = new Worker(entry, { workerData: root, name: 'folder', resourceLimits: { maxYoungGenerationSizeMb } })
  const pending = new Map<number, Pending>()
  let watching: { readonly id: number; readonly listeners: WatchListeners } | null = null
  let lastId = 0
  let over: Error | null = null

  const tell = (message: ToFolderThread): void => worker.postMessage(message)

  const finish = (error: Error): void => {
    over ??= error
    for (const { reject } of pending.values()) reject(over)
    pending.clear()
  }

  const ask = <Name extends keyof Questions>(
    name: Name,
    input: Parameters<Questions[Name]>,
    { onFiles = () => undefined, signal }: { readonly onFiles?: OnFiles; readonly signal?: AbortSignal } = {},
  ): { readonly id: number; readonly answer: Promise<ReturnType<Questions[Name]>> } => {
    lastId += 1
    const id = lastId
    const answer = new Promise<ReturnType<Questions[Name]>>((resolve, reject) => {
      if (over !== null || signal?.aborted === true) {
        reject(over ?? signal?.reason)
        return
      }
      const leave = (): void => {
        pending.delete(id)
        signal?.removeEventListener('abort', abort)
      }
      const abort = (): void => {
        leave()
        tell({ kind: 'stop', id })
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort)
      pending.set(id, {
        onFiles,
        answer: (answer) => {
          leave()
          resolve(answer as ReturnType<Questions[Name]>)
        },
        reject: (error) => {
          leave()
          reject(error)
        },
      })
      tell({ kind: 'question', id, question: { ask: name, input } as Question })
    })
    return { id, answer }
  }

  const take = async (id: number, files: readonly FoundFile[]): Promise<void> => {
    try {
      await pending.get(id)?.onFiles(files)
      if (pending.has(id)) tell({ kind: 'next', id })
    } catch (error) {
      if (pending.has(id)) tell({ kind: 'stop', id })
      pending.get(id)?.reject(error)
    }
  }

  worker.on('message', (message: FromFolderThread) => {
    switch (message.kind) {
      case 'files':
        void take(message.id, message.files)
        return
      case 'answer':
        pending.get(message.id)?.answer(message.answer)
        return
      case 'hint':
        if (watching?.id !== message.id) return
        watching.listeners.onHint(message.hint)
        tell({ kind: 'heard', id: message.id })
        return
      case 'trouble':
        if (watching?.id === message.id) watching.listeners.onTrouble(message.trouble)
        return
    }
  })
  worker.on('error', (error: NodeJS.ErrnoException) => {
    finish(new FolderThreadDied('the thread of a folder died', { cause: error }))
    watching?.listeners.onTrouble({ reason: 'watch_failed', detail: error.code ?? null })
  })

  return {
    walk: (options, onFiles, signal) => ask('walk', [options], { onFiles, signal }).answer,
    list: (options, folders, onFiles, signal) => ask('list', [options, folders], { onFiles, signal }).answer,
    look: (paths) => ask('look', [paths]).answer,
    openForWriting: (sourceIds, when = 'lately') => ask('openForWriting', [sourceIds, when]).answer,
    async watch(options, listeners) {
      const { id, answer } = ask('watch', [options])
      watching = { id, listeners }
      await answer
    },
    explain: (options, path) => ask('explain', [options, path]).answer,
    async end() {
      watching = null
      finish(new DOMException('the folder is not looked at any more', 'AbortError'))
      const late = new Promise<void>((resolve) => {
        setTimeout(resolve, endWithin).unref()
      })
      await Promise.race([worker.terminate(), late])
    },
  }
}

/** Asks a thread that is there for this alone, so that a look through a watched folder that is under way is not waited for. */
export async function withFolderThread<Value>(
  root: string,
  work: (thread: FolderThread) => Promise<Value>,
): Promise<Value> {
  const thread = startFolderThread(root)
  try {
    return await work(thread)
  } finally {
    await thread.end()
  }
}
