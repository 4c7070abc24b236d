import { describe, expect, it } from 'vitest'
import { createFolders } from '../../../../../src/main/engine/db/folders.ts'
import { createUploadedFiles, leftAsItIs, type UploadedFile } from '../../../../../src/main/engine/db/uploaded-files.ts'
import { usualFolderOptions } from '../../../../../src/shared/folder.ts'
import { granted } from '../../../../support/builders.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

const left = (path: string): UploadedFile => leftAsItIs({ path, sourceId: '1:1:1:1:1', size: 1 })
const uploadedFile = (path: string): UploadedFile => ({ ...left(path), checksum: 'AAAAAA==', key: path, etag: '"1"' })

/** A folder of which five files were uploaded. */
function uploadedFolder() {
  const queue = temporaryQueue()
  const { database, accountId, add } = queue
  const folders = createFolders(database, () => 1)
  const uploadedFiles = createUploadedFiles(database, () => 1)
  const chosen = { accountId, purpose: 'inbox', path: '/folder', options: usualFolderOptions }
  const { id, uuid } = folders.begin(folders.prepare(chosen))
  const names = ['a', 'b', 'c', 'd', 'e']
  uploadedFiles.record(id, names.map(uploadedFile))
  const waiting = add({ folderId: id, sourcePath: '/folder/f' }, granted(queue.grantId))
  return { ...queue, folders, uploadedFiles, chosen, id, uuid, waiting }
}

describe('a folder whose history is not to be kept', () => {
  it('is forgotten in pieces, of which an engine that ends between knows how to go on', () => {
    const { folders, id, accountId } = uploadedFolder()
    folders.remove(id, 'forget')
    expect(folders.forget(id, 2)).toEqual({ rows: [], isAll: false })
    expect(folders.byId(id)?.uploaded).toBe(3)
    expect(folders.removedOf(accountId)).toEqual([{ id, forgotten: true }])
    expect([folders.forget(id, 2).isAll, folders.forget(id, 2).isAll]).toEqual([false, true])
    expect([folders.byId(id), folders.removedOf(accountId)]).toEqual([null, []])
  })

  it('takes its finished rows with it, and says which; one that may have to be ended at the store stays', () => {
    const { folders, transfers, id, add, waiting } = uploadedFolder()
    const canceled = add({ folderId: id, sourcePath: '/folder/g' }, { type: 'cancel' })
    folders.remove(id, 'forget')
    expect(folders.forget(id, 10)).toEqual({ rows: [canceled.id], isAll: true })
    expect([transfers.byId(canceled.id), transfers.byId(waiting.id)?.folderId]).toEqual([null, null])
  })

  it('begins anew where it is chosen again before all is forgotten, and nothing of it is forgotten later', () => {
    const { folders, uploadedFiles, chosen, id, uuid, accountId } = uploadedFolder()
    folders.remove(id, 'forget')
    folders.forget(id, 2)
    expect(folders.byPath(accountId, '/folder')).toBeNull()
    const again = folders.begin(folders.prepare(chosen))
    uploadedFiles.record(again.id, [uploadedFile('new')])
    // it may have got the same number
    expect(folders.forget(id, 2)).toEqual({ rows: [], isAll: true })
    expect(folders.byId(again.id)).toMatchObject({ uploaded: 1 })
    expect(again.uuid).not.toBe(uuid)
  })
})

it('a folder whose history is kept loses nothing of it', () => {
  const { folders, chosen, id, uuid } = uploadedFolder()
  folders.remove(id, 'keep')
  expect(folders.forget(id, 2)).toEqual({ rows: [], isAll: true })
  expect(folders.begin(folders.prepare(chosen))).toMatchObject({ id, uuid, uploaded: 5 })
})

describe('what was left in a folder', () => {
  it('counts as none that was uploaded, until it is', () => {
    const { folders, uploadedFiles, id } = uploadedFolder()
    const counted = () => folders.byId(id)?.uploaded
    uploadedFiles.record(id, [left('x'), left('y')])
    expect([counted(), uploadedFiles.hasAny(id)]).toEqual([5, true])
    uploadedFiles.record(id, [uploadedFile('x'), uploadedFile('a')])
    expect(counted()).toBe(6)
    uploadedFiles.record(id, [left('a')])
    expect(counted()).toBe(5)
  })

  it('is taken back in pieces, and what was uploaded stays', () => {
    const { folders, uploadedFiles, id } = uploadedFolder()
    uploadedFiles.record(id, ['c', 'x', 'y'].map(left))
    expect(uploadedFiles.takeBack(id, '', 3)).toBe('c')
    expect(uploadedFiles.of(id, 'c')).toBeNull()
    expect(uploadedFiles.takeBack(id, 'c', 3)).toBe('x')
    expect(uploadedFiles.takeBack(id, 'x', 3)).toBe('y')
    expect(uploadedFiles.takeBack(id, 'y', 3)).toBeNull()
    const known = ['a', 'b', 'd', 'e', 'x', 'y'].filter((path) => uploadedFiles.of(id, path) !== null)
    expect([known, folders.byId(id)?.uploaded]).toEqual([['a', 'b', 'd', 'e'], 4])
  })
})
