import { expect, test } from 'vitest'
import type { Folder } from '../../../../../src/main/engine/db/folders.ts'
import { newRow } from '../../../../../src/main/engine/watch/new-row.ts'
import { largestObject } from '../../../../../src/shared/broker-api.ts'
import { usualFolderOptions } from '../../../../../src/shared/folder.ts'

const folder: Folder = {
  ...{ id: 3, uuid: 'uuid', accountId: 2, purpose: 'inbox', path: '/folder', options: usualFolderOptions },
  ...{ pausedAt: null, identity: null, uploaded: 0, createdAt: 1 },
}
const rowOf = (size: number) =>
  newRow(
    folder,
    { path: 'a/b.mov', size, sourceId: `${size}:1:1:1:1`, modifiedAt: 1, changedAt: 1 },
    { name: 'a/b 2.mov', replaces: false, why: null },
  )

test('a file of a folder has a row of its path there and its name at the store', () => {
  expect(rowOf(largestObject)).toMatchObject({
    ...{ accountId: 2, purpose: 'inbox', folderId: 3, relativePath: 'a/b 2.mov', sourcePath: '/folder/a/b.mov' },
    ...{ state: 'queued', failure: null },
  })
})

test('a file that is larger than the store takes fails at once', () => {
  expect(rowOf(largestObject + 1)).toMatchObject({ state: 'failed', failure: { kind: 'too_large' } })
})
