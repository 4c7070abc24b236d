import { type FolderThread, FolderThreadDied } from './folder-thread.ts'

/**
 * A thread in whose place another one starts when it died. What was asked of the dead one rejects, with `FolderThreadDied`,
 * after `onDied` was told once; another one watches nothing before it is asked to.
 */
export function lastingThread(start: () => FolderThread, onDied: (error: FolderThreadDied) => void): FolderThread {
  let thread = start()
  const of = async <Value>(asked: FolderThread, answer: Promise<Value>): Promise<Value> => {
    try {
      return await answer
    } catch (error) {
      if (error instanceof FolderThreadDied && asked === thread) {
        void asked.end()
        thread = start()
        onDied(error)
      }
      throw error
    }
  }
  return {
    walk: (...input) => of(thread, thread.walk(...input)),
    list: (...input) => of(thread, thread.list(...input)),
    look: (...input) => of(thread, thread.look(...input)),
    openForWriting: (...input) => of(thread, thread.openForWriting(...input)),
    watch: (...input) => of(thread, thread.watch(...input)),
    explain: (...input) => of(thread, thread.explain(...input)),
    end: () => thread.end(),
  }
}
