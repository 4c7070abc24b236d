import { mkdirSync, rmSync } from 'node:fs'
import { Programs } from './programs.ts'
import { startCluster } from './start-cluster.ts'

/**
 * `node ceph-process.ts FOLDER`: runs a Ceph in a folder that it makes, prints one line of JSON when S3 and STS answer,
 * and ends when its standard input does. However the process ends that started it, that input ends too; Ceph's programs
 * and the folder are gone before this one is.
 */
const folder = process.argv[2] ?? ''
const stopping = new AbortController()
const stopped = new Promise<void>((resolve) => {
  stopping.signal.addEventListener('abort', () => resolve())
})
process.stdin.resume().once('close', () => stopping.abort())
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort())

mkdirSync(folder)
const programs = new Programs(folder, stopping.signal)
try {
  const running = startCluster(folder, programs).then((access) => {
    console.log(JSON.stringify(access))
    return programs.failed
  })
  await Promise.race([running, stopped])
} catch (error) {
  console.error(`${(error as Error).message}\n${programs.lastWords()}`)
  process.exitCode = 1
} finally {
  stopping.abort()
  await programs.ended()
  rmSync(folder, { recursive: true, force: true })
  process.exit()
}
