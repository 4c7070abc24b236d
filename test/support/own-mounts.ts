import { type ChildProcess, spawn, spawnSync } from 'node:child_process'

/** A user who may mount, and what is mounted nobody else sees (man 7 mount_namespaces). */
const namespaces = ['--user', '--map-root-user', '--mount']

/** What an engine's process is run through so that it has mounts of its own. */
export const withOwnMounts: readonly string[] = ['unshare', ...namespaces]

const works = (script: string): boolean => spawnSync('unshare', [...namespaces, 'sh', '-c', script]).status === 0

export const canMount = works('mount -t tmpfs none /mnt && nsenter --version')
/** Mounts once: that the programs and the device are there does not say that they may. */
export const canMountNetwork =
  canMount &&
  works(`
    folder=$(mktemp --directory) && mkdir "$folder/mount" &&
    rclone mount --config /dev/null --daemon --daemon-wait 5s ":local:$folder" "$folder/mount" && umount "$folder/mount"
    status=$?
    rmdir "$folder/mount" "$folder" && exit $status`)

/** Runs commands where a process has its mounts. */
export function mountsOf({ pid }: { readonly pid: number }) {
  const entered = ['--target', `${pid}`, '--user', '--mount', '--preserve-credentials']
  return {
    run(command: string, ...given: readonly string[]): void {
      const { status, stderr } = spawnSync('nsenter', [...entered, 'sh', '-c', command, ...given], { encoding: 'utf8' })
      if (status !== 0) throw new Error(`${command}: ${stderr}`)
    },
    start: (...command: readonly string[]): ChildProcess =>
      spawn('nsenter', [...entered, ...command], { stdio: 'ignore' }),
  }
}
