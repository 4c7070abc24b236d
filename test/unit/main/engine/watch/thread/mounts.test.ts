import { expect, test } from 'vitest'
import {
  mountsOfMountinfo,
  mountsOfMountOutput,
  networkMountsOf,
} from '../../../../../../src/main/engine/watch/thread/mounts.ts'

const mountinfo = `22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
36 22 0:30 / /media/my\\040share rw shared:2 - cifs //server/share rw
37 22 0:31 / /home/ann/nas rw,relatime - nfs4 server:/export rw,vers=4.2
38 37 8:17 / /home/ann/nas/local rw - ext4 /dev/sdb1 rw
39 22 0:33 / /home/ann/cloud rw,nosuid - fuse.rclone remote: rw
40 22 0:34 / /home/ann/disk rw shared:9 master:3 - fuse.ntfs-3g /dev/sdc1 rw
`

test('mountinfo tells where each file system is, with blanks in its path', () => {
  expect(mountsOfMountinfo(mountinfo)).toEqual([
    { path: '/', type: 'ext4' },
    { path: '/media/my share', type: 'cifs' },
    { path: '/home/ann/nas', type: 'nfs4' },
    { path: '/home/ann/nas/local', type: 'ext4' },
    { path: '/home/ann/cloud', type: 'fuse.rclone' },
    { path: '/home/ann/disk', type: 'fuse.ntfs-3g' },
  ])
})

test('what macOS prints tells where each file system is, with brackets in its path', () => {
  const output = `/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
//ann@server/share on /Volumes/share (old) (smbfs, nodev, nosuid, mounted by ann)
map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)
`
  expect(mountsOfMountOutput(output)).toEqual([
    { path: '/', type: 'apfs' },
    { path: '/Volumes/share (old)', type: 'smbfs' },
    { path: '/System/Volumes/Data/home', type: 'autofs' },
  ])
})

const mounts = mountsOfMountinfo(mountinfo)

test.each([
  ['/home/ann/nas', '/home/ann/nas', 'nfs4'],
  ['/home/ann/nas/deep/below', '/home/ann/nas', 'nfs4'],
  ['/media/my share/x', '/media/my share', 'cifs'],
  ['/home/ann/cloud/x', '/home/ann/cloud', 'fuse.rclone'],
])('%s is on a network drive', (path, on, type) => {
  expect(networkMountsOf(path, mounts).on).toEqual({ path: on, type })
})

test.each(['/home/ann/pictures', '/home/ann/nas-old', '/home/ann/nas/local/x', '/home/ann/disk'])(
  '%s is on a disk of this machine',
  (path) => {
    expect(networkMountsOf(path, mounts)).toEqual({ on: null, inside: [] })
  },
)

test('a network drive inside a folder is told apart from one below it', () => {
  expect(networkMountsOf('/home/ann', mounts)).toEqual({
    on: null,
    inside: [
      { path: '/home/ann/nas', type: 'nfs4' },
      { path: '/home/ann/cloud', type: 'fuse.rclone' },
    ],
  })
})

test('a mount covers what was mounted at its path before', () => {
  const covered = [...mounts, { path: '/home/ann/nas', type: 'ext4' }]
  expect(networkMountsOf('/home/ann/nas/x', covered).on).toBeNull()
})

test('a share of Windows is known by its path', () => {
  expect(networkMountsOf('\\\\server\\share\\x', [])).toEqual({
    on: { path: '\\\\server\\share\\x', type: 'unc' },
    inside: [],
  })
})
