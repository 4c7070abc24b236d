import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { requireCeph } from '../../../scripts/require-ceph.ts'

const script = join(import.meta.dirname, 'ceph-process.ts')

/** S3 (path style) and STS at one address, with the keys of the owner, who may assume a role that may do everything. */
export type CephAccess = {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly roleArn: string
}

/** A running Ceph. Nothing of it is left after `close`, which throws where it had ended by itself. */
export type Ceph = CephAccess & { close(): Promise<void> }

/**
 * Starts a real Ceph (monitor, OSD in memory, gateway) on free ports of loopback in about 2 s. `folder` is made and
 * removed again. Throws where Ceph is not installed, with what to install, and where it does not start, with its logs.
 * Its programs and the folder go with `close`, with a failed start, and with this process, however it ends.
 */
export async function startCeph({ folder }: { readonly folder: string }): Promise<Ceph> {
  await requireCeph()
  const child = spawn(process.execPath, [script, folder], { stdio: 'pipe', detached: true })
  let complaint = ''
  child.stderr.on('data', (piece: Buffer) => {
    complaint += piece.toString()
  })
  const ended = once(child, 'close')
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]: string[]) => text)
  const access = await Promise.race([line, ended.then(() => undefined)])
  if (access === undefined) throw new Error(`Ceph did not start: ${complaint}`)
  return {
    ...(JSON.parse(access) as CephAccess),
    async close() {
      child.stdin.end()
      const [code] = await ended
      if (code !== 0) throw new Error(`Ceph ended before it should: ${complaint}`)
    },
  }
}
