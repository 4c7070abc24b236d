import { closeSync, openSync, readFileSync, watch } from 'node:fs'
import { devNull } from 'node:os'
import type { WatchTrouble } from './found.ts'

/** How the system tells of changes in folders. */
export type SystemWatch = {
  /** One handle tells of all that is below its folder, too. */
  readonly isRecursive: boolean
  /** Changes that the system keeps before it loses some without a word. */
  readonly longestQueue: number
  /** `onEvent` gets the path of what changed below the folder; null: something did. Throws the system's error. */
  readonly watch: (
    path: string,
    onEvent: (event: 'change' | 'rename', name: string | null) => void,
    onError: (error: NodeJS.ErrnoException) => void,
  ) => { close(): void }
}

/** What this system has: inotify with a handle for each folder, or one handle for all on macOS and Windows. */
export function systemWatch(platform: NodeJS.Platform): SystemWatch {
  const isRecursive = platform === 'darwin' || platform === 'win32'
  return {
    isRecursive,
    longestQueue: platform === 'linux' ? longestInotifyQueue() : Number.POSITIVE_INFINITY,
    watch: (path, onEvent, onError) => watch(path, { recursive: isRecursive }, onEvent).on('error', onError),
  }
}

function longestInotifyQueue(): number {
  try {
    return Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'))
  } catch {
    // what the kernel begins with (man 7 inotify)
    return 16_384
  }
}

/** What it means that a folder cannot be watched; null: only that it is gone, or may not be read. */
export function troubleOf(error: NodeJS.ErrnoException): WatchTrouble | null {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EACCES':
    case 'EPERM':
    case 'ELOOP':
    case 'ENAMETOOLONG':
      return null
    case 'ENOSPC':
      return { reason: 'watch_limit', detail: 'fs.inotify.max_user_watches' }
    case 'EMFILE':
      return { reason: 'watch_limit', detail: canOpenMore() ? 'fs.inotify.max_user_instances' : 'EMFILE' }
    default:
      return { reason: 'watch_failed', detail: error.code ?? null }
  }
}

/** The system has one error for too many open files and for too many watchers. */
function canOpenMore(): boolean {
  try {
    closeSync(openSync(devNull, 'r'))
    return true
  } catch {
    return false
  }
}
