import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Something mounted; `type`: the system's name of the file system, in lower case. */
export type Mount = { readonly path: string; readonly type: string }

/** File systems whose changes by others the system does not tell of: man 5 filesystems, and FUSE's subtypes in use. */
const networkTypes: ReadonlySet<string> = new Set([
  '9p',
  'acfs',
  'afpfs',
  'afs',
  'beegfs',
  'ceph',
  'cifs',
  'coda',
  'davfs',
  'ftp',
  'fuse.ceph',
  'fuse.cephfs',
  'fuse.curlftpfs',
  'fuse.davfs',
  'fuse.davfs2',
  'fuse.gcsfuse',
  'fuse.glusterfs',
  'fuse.gvfsd-fuse',
  'fuse.juicefs',
  'fuse.kio-fuse',
  'fuse.mount-s3',
  'fuse.onedriver',
  'fuse.rclone',
  'fuse.s3fs',
  'fuse.seaweedfs',
  'fuse.smbnetfs',
  'fuse.sshfs',
  'fuse.vmhgfs-fuse',
  'fuse.blobfuse2',
  'gfs2',
  'glusterfs',
  'lustre',
  'macfuse',
  'ncp',
  'ncpfs',
  'nfs',
  'nfs3',
  'nfs4',
  'ocfs2',
  'orangefs',
  'osxfuse',
  'prl_fs',
  'smb',
  'smb2',
  'smb3',
  'smbfs',
  'vboxsf',
  'virtiofs',
  'vmhgfs',
  'webdav',
])

/** The mounts of `/proc/self/mountinfo` (man 5 proc_pid_mountinfo); a later one at a path covers the earlier one. */
export function mountsOfMountinfo(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after] = line.split(' - ')
    const path = before.split(' ')[4]
    const type = after?.split(' ')[0]
    return path === undefined || type === undefined ? [] : [{ path: unescaped(path), type: type.toLowerCase() }]
  })
}

/** Blanks, line ends and backslashes are octal numbers in mountinfo. */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** The mounts that macOS' `mount` prints: `//user@host/share on /Volumes/share (smbfs, nodev, …)`. */
export function mountsOfMountOutput(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [, path, type] = /^.*? on (.+) \(([^,)]+)[^()]*\)$/.exec(line) ?? []
    return path === undefined || type === undefined ? [] : [{ path, type: type.toLowerCase() }]
  })
}

/** What is mounted now. Windows is not asked: there the real path of a folder on a network drive begins with `\\\\`. */
export function readMounts(platform: NodeJS.Platform): readonly Mount[] {
  if (platform === 'linux') return mountsOfMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'))
  if (platform === 'darwin') return mountsOfMountOutput(execFileSync('/sbin/mount', { encoding: 'utf8' }))
  return []
}

/** The network file systems that a folder (its real path) is `on`, and that are mounted `inside` it. */
export function networkMountsOf(
  realPath: string,
  mounts: readonly Mount[],
): { readonly on: Mount | null; readonly inside: readonly Mount[] } {
  if (realPath.startsWith('\\\\')) return { on: { path: realPath, type: 'unc' }, inside: [] }
  let on: Mount | null = null
  for (const mount of mounts) {
    if (isAtOrIn(realPath, mount.path) && mount.path.length >= (on?.path.length ?? 0)) on = mount
  }
  const inside = mounts.filter(({ path, type }) => path !== realPath && isAtOrIn(path, realPath) && isNetwork(type))
  return { on: on !== null && isNetwork(on.type) ? on : null, inside }
}

/** What is mounted at a folder (its real path) and inside it. */
export const mountsIn = (realPath: string, mounts: readonly Mount[]): readonly Mount[] =>
  mounts.filter(({ path }) => isAtOrIn(path, realPath))

const isNetwork = (type: string): boolean => networkTypes.has(type)

const isAtOrIn = (path: string, folder: string): boolean =>
  path === folder || path.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
