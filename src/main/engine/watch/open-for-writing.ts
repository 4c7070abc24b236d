import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/**
 * Which of these files a process has open for writing. Linux tells, of the processes one may look at (man 5
 * proc_pid_fdinfo); elsewhere nobody does: none. What a descriptor leads to is asked only where it may be one of these
 * files: a drive that hangs below another program holds nobody up.
 */
export function openForWriting(sourceIds: readonly string[], platform: NodeJS.Platform): ReadonlySet<string> {
  const found = new Set<string>()
  if (platform !== 'linux' || sourceIds.length === 0) return found
  const wanted = new Map(sourceIds.map((id) => [fileOf(id), id]))
  const inodes = new Set([...wanted.keys()].map((file) => file.slice(file.indexOf(':') + 1)))

  for (const process of namesIn('/proc')) {
    if (!/^\d+$/.test(process)) continue
    for (const descriptor of namesIn(`/proc/${process}/fd`)) {
      const path = `/proc/${process}/fd/${descriptor}`
      const id = unlessGone(() => {
        if (!readlinkSync(path).startsWith('/')) return undefined
        const { isWriting, inode } = readInfo(`/proc/${process}/fdinfo/${descriptor}`)
        if (!isWriting || (inode !== null && !inodes.has(inode))) return undefined
        const { dev, ino } = statSync(path, { bigint: true })
        return wanted.get(`${dev}:${ino}`)
      })
      if (id !== undefined) found.add(id)
    }
  }
  return found
}

/** `dev:ino` of a source id. */
const fileOf = (sourceId: string): string => sourceId.split(':').slice(3).join(':')

/** `inode` null: a kernel before 5.14 does not say. The last two bits of `flags` (octal) are 0 for reading only. */
function readInfo(path: string): { readonly isWriting: boolean; readonly inode: string | null } {
  const info = readFileSync(path, 'utf8')
  const flags = /^flags:\s*([0-7]+)$/m.exec(info)?.[1] ?? '0'
  return { isWriting: (Number.parseInt(flags, 8) & 3) !== 0, inode: /^ino:\s*(\d+)$/m.exec(info)?.[1] ?? null }
}

/** Processes end and files are closed meanwhile; those of other people cannot be looked at. */
function unlessGone<Value>(ask: () => Value): Value | undefined {
  try {
    return ask()
  } catch {
    return undefined
  }
}

const namesIn = (folder: string): readonly string[] => unlessGone(() => readdirSync(folder)) ?? []
