import { createHash } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ElectronRuntime, electronRuntime } from './electron-runtime.ts'
import { runCommand } from './run-command.ts'

const root = join(import.meta.dirname, '..')
const stages = join(root, 'out', 'stages')
/** All that the build depends on. */
const sources = ['src', 'electron.vite.config.ts', 'package.json', 'package-lock.json', 'tsconfig.json']

/**
 * Builds the app for a runtime and lays it out so that `electron STAGE` starts it; returns the folder. A stage is named by what it
 * was built from, so nothing is built twice and a stage that is running is never changed. Throws with the build's own words.
 */
export async function stage(runtime: ElectronRuntime): Promise<string> {
  const folder = join(stages, `electron-${runtime.version}-${await fingerprint()}`)
  if (await exists(folder)) return folder
  const partial = `${folder}.${process.pid}`
  await mkdir(partial, { recursive: true })
  try {
    await build(runtime, join(partial, 'out'))
    await layOut(runtime, partial)
    await rename(partial, folder).catch(async (error: unknown) => {
      if (!(await exists(folder))) throw error
    })
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  await removeOlderThan(24 * 3_600_000)
  return folder
}

async function removeOlderThan(age: number): Promise<void> {
  for (const name of await readdir(stages)) {
    const { mtimeMs } = await stat(join(stages, name))
    if (Date.now() - mtimeMs > age) await rm(join(stages, name), { recursive: true, force: true })
  }
}

/** Puts around a built `out/` what `electron FOLDER` needs: the app's manifest, and the better-sqlite3 that fits the runtime. */
export async function layOut(runtime: ElectronRuntime, folder: string): Promise<void> {
  const { name, version, type, main } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name, productName: 'Longshore', version, type, main }))
  await symlink(runtime.betterSqlite3 ?? join(root, 'node_modules'), join(folder, 'node_modules'))
}

/** What electron-vite must know to build for a runtime that may not be the declared one. */
export const buildEnvironment = (runtime: ElectronRuntime): NodeJS.ProcessEnv => ({
  ...process.env,
  ELECTRON_MAJOR_VER: runtime.version.split('.')[0],
  ELECTRON_EXEC_PATH: runtime.executable,
})

async function build(runtime: ElectronRuntime, outDir: string): Promise<void> {
  const electronVite = join(root, 'node_modules', '.bin', 'electron-vite')
  const built = await runCommand(electronVite, ['build', '--outDir', outDir, '--logLevel', 'warn'], {
    cwd: root,
    env: { ...buildEnvironment(runtime), NODE_ENV: 'production' },
  })
  if (built.code !== 0) throw new Error(`electron-vite could not build the app.\n${built.stdout}${built.stderr}`)
}

async function fingerprint(): Promise<string> {
  const hash = createHash('sha256')
  for (const source of sources) {
    for (const path of await filesOf(source)) hash.update(path).update(await readFile(join(root, path)))
  }
  return hash.digest('hex').slice(0, 12)
}

async function filesOf(path: string): Promise<readonly string[]> {
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true }).catch(() => null)
  if (entries === null) return [path]
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )

if (import.meta.main) console.log(await stage(await electronRuntime()))
