import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { processTree, runningOf } from '../../scripts/process-tree.ts'
import { waitFor } from '../../scripts/wait-for.ts'
import { temporaryFolder } from '../integration/emulator/test-emulator.ts'
import { startCeph } from '../support/ceph/start-ceph.ts'

afterEach(() => void vi.unstubAllEnvs())

/** Node that starts a Ceph in a folder, says so, and stays. */
const starter = (folder: string) => {
  const module = JSON.stringify(join(import.meta.dirname, '../support/ceph/start-ceph.ts'))
  const script = `const { startCeph } = await import(${module}); await startCeph({ folder: ${JSON.stringify(folder)} }); console.log('up')`
  return spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] })
}

test('nothing of Ceph is left when the process that started it is killed', async () => {
  await using folder = await temporaryFolder()
  const cluster = join(folder.path, 'cluster')
  const child = starter(cluster)
  await once(child.stdout, 'data')
  const tree = await processTree(child.pid ?? 0)
  expect((await runningOf(tree)).length).toBeGreaterThanOrEqual(5)
  child.kill('SIGKILL')
  const isGone = async () => (await runningOf(tree)).length === 0 && !existsSync(cluster)
  await waitFor('Ceph to be gone', 10_000, isGone)
})

test('a start that fails shows what its programs said, and leaves nothing', async () => {
  await using folder = await temporaryFolder()
  await writeFile(join(folder.path, 'radosgw'), '#!/bin/sh\necho no gateway today >&2\nexit 3\n', { mode: 0o755 })
  vi.stubEnv('PATH', `${folder.path}${delimiter}${process.env.PATH}`)
  const cluster = join(folder.path, 'cluster')
  const started = startCeph({ folder: cluster })
  await expect(started).rejects.toThrow(/radosgw ended with 3.*ceph-mon.*no gateway today/s)
  expect(existsSync(cluster)).toBe(false)
  expect(await runningOf(await processTree(process.pid))).toEqual([process.pid])
})

test('where Ceph is not installed, the packages are named', async () => {
  await using folder = await temporaryFolder()
  vi.stubEnv('PATH', folder.path)
  await expect(startCeph({ folder: join(folder.path, 'cluster') })).rejects.toThrow(
    'apt-get install --yes --no-install-recommends radosgw ceph-mon ceph-osd ceph-common',
  )
})
