import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { largestObject } from '../../../shared/broker-api.ts'
import type { Failure } from '../../../shared/failure.ts'
import type { Folder } from '../db/folders.ts'
import type { NewTransfer } from '../db/transfers.ts'
import { sourceFacts } from '../transfers/source-facts.ts'
import type { FoundFile } from './found.ts'

/** A row for a file of a watched folder. `name`: its path at the store's side; `why`: what it waits for, null where it does not. */
export function newRow(
  { id, accountId, purpose, path: folderPath }: Folder,
  file: FoundFile,
  { name, replaces, why }: { readonly name: string; readonly replaces: boolean; readonly why: Failure | null },
): NewTransfer {
  const isTooLarge = file.size > largestObject
  return {
    uuid: randomUUID(),
    accountId,
    purpose,
    folderId: id,
    replaces,
    relativePath: name,
    sourcePath: join(folderPath, file.path),
    ...sourceFacts(file),
    state: isTooLarge ? 'failed' : 'queued',
    failure: isTooLarge ? { kind: 'too_large', detail: null } : why,
    retryAt: 0,
  }
}
