import { closeSync, openSync, readFileSync, watch } from 'node:fs'
import { devNull } from 'node:os'
import { relative } from 'node:path'
import { watch as watchTree } from 'chokidar'
import type { WatchTrouble } from '../found.ts'

/** How the system tells of changes in folders. */
export type SystemWatch = {
  /** One handle tells of all that is below its folder, too. */
  readonly isRecursive: boolean
  /** Changes that the system keeps before it loses some without a word. */
  readonly longestQueue: number
  /** `onEvent` gets the path of what changed below the folder; null: something did. Throws the system's error. */
  readonly watch: (path: string, onEvent: OnEvent, onError: (error: NodeJS.ErrnoException) => void) => Handle
}
type OnEvent = (event: 'change' | 'rename', name: string | null) => void

/** `stands`: when changes are told, where that is not from the beginning. */
export type Handle = { readonly stands?: Promise<void>; close(): void }

/** What this system has: inotify with a handle for each folder; on macOS and Windows chokidar, one handle for all. */
export function systemWatch(platform: NodeJS.Platform): SystemWatch {
  if (platform === 'darwin' || platform === 'win32') {
    return { isRecursive: true, longestQueue: Number.POSITIVE_INFINITY, watch: watchByChokidar }
  }
  return {
    isRecursive: false,
    longestQueue: platform === 'linux' ? longestInotifyQueue() : Number.POSITIVE_INFINITY,
    watch: (path, onEvent, onError) => watch(path, onEvent).on('error', onError),
  }
}

const watchByChokidar: SystemWatch['watch'] = (path, onEvent, onError) => {
  const watcher = watchTree(path, { ignoreInitial: true, followSymlinks: false, ignorePermissionErrors: true })
  watcher.on('all', (event, changed) =>
    onEvent(event === 'change' ? 'change' : 'rename', relative(path, changed) || null),
  )
  watcher.on('error', (error) => onError(error as NodeJS.ErrnoException))
  return {
    stands: new Promise((resolve) => watcher.once('ready', resolve)),
    close: () => void watcher.close(),
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
