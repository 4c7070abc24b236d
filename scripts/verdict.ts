import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import type { TransferView } from '../src/shared/transfer.ts'
import { sha256 } from './files.ts'
import type { Services } from './services.ts'

export type Verdict = { readonly equal: boolean; readonly lines: readonly string[] }

/**
 * Reads every object back from the store and compares its SHA-256 with that of the file that was dropped. Equal only if as
 * many transfers are there as files were dropped.
 */
export async function compareWithStore(
  transfers: readonly TransferView[],
  dropped: readonly string[],
  files: number,
  { s3, bucket }: Pick<Services, 's3' | 'bucket'>,
): Promise<Verdict> {
  let equal = files > 0 && transfers.length === files
  const lines: string[] = []
  for (const transfer of transfers) {
    const file = await sourceOf(transfer, dropped)
    const object = transfer.key && (await s3.send(new GetObjectCommand({ Bucket: bucket, Key: transfer.key })))
    const [there, here] = [
      object && (await sha256(object.Body as NodeJS.ReadableStream)),
      file !== null && (await sha256(file)),
    ]
    const same = there && there === here
    equal &&= Boolean(same)
    lines.push(
      same
        ? `✓ ${transfer.name}: the object is the file, byte for byte (SHA-256 ${here.slice(0, 16)}…)`
        : `✗ ${transfer.name}: the object is not the file (${there || 'no object'} is not ${here || 'the file'})`,
    )
  }
  if (transfers.length !== 1) lines.push(`${equal ? '✓' : '✗'} ${transfers.length} of ${files} files compared`)
  return { equal, lines }
}

/** The file that a row stands for: below one of what was dropped. */
async function sourceOf({ folder, name }: TransferView, dropped: readonly string[]): Promise<string | null> {
  const candidates = dropped.flatMap((path) => [join(path, folder, name), join(dirname(path), folder, name)])
  for (const path of [...dropped.filter((each) => each.endsWith(`/${name}`) && folder === ''), ...candidates]) {
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return null
}
