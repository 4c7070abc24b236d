import type { Result } from '../../../shared/failure.ts'
import type { FolderPreview } from '../../../shared/folder.ts'
import type { FolderThread } from './folder-thread.ts'
import type { FoundFile, WalkOptions } from './found.ts'

const mostNamed = 100

/** Counts what would be uploaded from a folder, and what not and why. Rejects when aborted. */
export async function preview(
  thread: Pick<FolderThread, 'walk'>,
  options: WalkOptions,
  signal: AbortSignal,
): Promise<Result<FolderPreview>> {
  const first: FoundFile[] = []
  let files = 0
  let bytes = 0
  const walked = await thread.walk(
    options,
    (found) => {
      files += found.length
      for (const file of found) {
        bytes += file.size
        if (first.length < mostNamed) first.push(file)
      }
    },
    signal,
  )
  if (!walked.ok) return walked
  const { ignored, problems } = walked.value
  const named = first.map(({ path, size }) => ({ path, size }))
  return { ok: true, value: { files, bytes, first: named, ignored, problems } }
}
