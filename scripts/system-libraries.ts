import { access, readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { runCommand } from './run-command.ts'

/** What Electron needs of a Debian system, as the loader's cache names it, and the packages that bring it, newer names first. */
const libraries: readonly { readonly file: string; readonly packages: readonly string[] }[] = [
  { file: 'libgtk-3.so.0', packages: ['libgtk-3-0t64', 'libgtk-3-0'] },
  { file: 'libnss3.so', packages: ['libnss3'] },
  { file: 'libgbm.so.1', packages: ['libgbm1'] },
  { file: 'libasound.so.2', packages: ['libasound2t64', 'libasound2'] },
  { file: 'libXss.so.1', packages: ['libxss1'] },
]

export type System = {
  /** What `ldconfig -p` prints. */
  readonly loaderCache: string
  /** Programs that are in the PATH. */
  readonly programs: readonly string[]
  readonly hasFonts: boolean
  readonly hasDisplay: boolean
}

/** The Debian packages that are missing to run Electron: for each the names it goes by, newer ones first. */
export function missingPackages(system: System): readonly (readonly string[])[] {
  const missing = libraries
    .filter(({ file }) => !system.loaderCache.includes(`${file} `))
    .map(({ packages }) => packages)
  const programs = system.hasDisplay ? [] : [['Xvfb', 'xvfb'] as const, ['xauth', 'xauth'] as const]
  return [
    ...missing,
    ...programs.filter(([program]) => !system.programs.includes(program)).map(([, name]) => [name]),
    ...(system.hasFonts ? [] : [['fonts-dejavu-core']]),
  ]
}

/**
 * Sees to it that Electron can run on this system: as root on Debian what is missing is installed, else this throws with the one
 * line to run. Only Linux lacks anything.
 */
export async function installSystemLibraries(say: (line: string) => void = console.log): Promise<void> {
  if (process.platform !== 'linux') return
  const missing = missingPackages(await thisSystem())
  if (missing.length === 0) return
  if (!(await isInPath('apt-get')))
    throw new Error(
      `Electron needs what these packages of Debian hold: ${missing.map((names) => names.at(-1)).join(' ')}`,
    )
  if (process.getuid?.() !== 0) {
    const line = `apt-get install --yes --no-install-recommends ${(await namesHere(missing)).join(' ')}`
    throw new Error(`Electron needs system libraries that are missing here. As root, run:\n\n  ${line}\n`)
  }
  say(`Installing system libraries: ${missing.map((names) => names.at(-1)).join(' ')} …`)
  await aptGet(['update'])
  await aptGet(['install', '--yes', '--no-install-recommends', ...(await namesHere(missing))])
  const still = missingPackages(await thisSystem())
  if (still.length > 0) throw new Error(`apt-get installed everything, but this is still missing: ${still.join(' ')}`)
}

async function aptGet(args: readonly string[]): Promise<void> {
  const { code, stderr } = await runCommand('apt-get', ['--quiet', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  })
  if (code !== 0) throw new Error(`apt-get ${args[0]} failed:\n${stderr}`)
}

/** Of each package's names the first that this release of Debian knows. */
const namesHere = (missing: readonly (readonly string[])[]): Promise<readonly string[]> =>
  Promise.all(
    missing.map(async (names) => {
      for (const name of names.slice(0, -1)) {
        const { stdout } = await runCommand('apt-cache', ['policy', name])
        if (/Candidate: [^(]/.test(stdout)) return name
      }
      return names.at(-1) as string
    }),
  )

async function thisSystem(): Promise<System> {
  const programs = ['Xvfb', 'xauth']
  const present = await Promise.all(programs.map(isInPath))
  return {
    loaderCache: (await runCommand('/sbin/ldconfig', ['-p'])).stdout,
    programs: programs.filter((_program, index) => present[index]),
    hasFonts: (await readdir('/usr/share/fonts', { recursive: true }).catch(() => [])).some((name) =>
      /\.(ttf|otf|ttc)$/.test(name),
    ),
    hasDisplay: hasDisplay(),
  }
}

/** Whether a person could see a window here. */
export const hasDisplay = (): boolean =>
  process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)

/** Whether a program can be run by its name. */
export async function isInPath(program: string): Promise<boolean> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const found = await access(join(folder, program)).then(
      () => true,
      () => false,
    )
    if (found) return true
  }
  return false
}

if (import.meta.main) {
  try {
    await installSystemLibraries()
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
}
