import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'

/** A descriptor through which a process can write. `inode` null: a kernel before 5.14 does not say. */
export type WritingDescriptor = { readonly path: string; readonly inode: string | null }

/**
 * Through which descriptors files are open for writing now. Linux tells, of the processes one may look at (man 5
 * proc_pid_fdinfo); elsewhere nobody does: none.
 */
export function writingDescriptors(platform: NodeJS.Platform): readonly WritingDescriptor[] {
  if (platform !== 'linux') return []
  const processes = namesIn('/proc').filter((name) => /^\d+$/.test(name))
  return processes.flatMap((process) =>
    namesIn(`/proc/${process}/fd`).flatMap((descriptor) => {
      const path = `/proc/${process}/fd/${descriptor}`
      const info = unlessGone(() =>
        readlinkSync(path).startsWith('/') ? readInfo(`/proc/${process}/fdinfo/${descriptor}`) : undefined,
      )
      return info?.isWriting ? [{ path, inode: info.inode }] : []
    }),
  )
}

/**
 * Which of these files are open through one of the descriptors. What a descriptor leads to is asked only where it may be one
 * of these files: a drive that hangs below another program holds nobody up.
 */
export function openForWriting(
  sourceIds: readonly string[],
  descriptors: readonly WritingDescriptor[],
): ReadonlySet<string> {
  const wanted = new Map(sourceIds.map((id) => [fileOf(id), id]))
  const inodes = new Set([...wanted.keys()].map((file) => file.slice(file.indexOf(':') + 1)))
  const found = descriptors.flatMap(({ path, inode }) => {
    if (inode !== null && !inodes.has(inode)) return []
    const file = unlessGone(() => statSync(path, { bigint: true }))
    return wanted.get(`${file?.dev}:${file?.ino}`) ?? []
  })
  return new Set(found)
}

/** `dev:ino` of a source id. */
const fileOf = (sourceId: string): string => sourceId.split(':').slice(3).join(':')

/** The last two bits of `flags` (octal) are 0 for reading only. */
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
