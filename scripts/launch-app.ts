import { _electron, type ElectronApplication, type Page } from '@playwright/test'
import { killTree } from './process-tree.ts'

export type LaunchedApp = {
  readonly electron: ElectronApplication
  readonly page: Page
  /** SIGKILL for the app and all of its processes. */
  readonly kill: () => Promise<void>
  /** Quits as a person would. */
  readonly quit: () => Promise<void>
}

type Launch = {
  readonly executable: string
  readonly stage: string
  readonly profile: string
  readonly display: string | undefined
  readonly brokerUrl?: string
  /** Goes through the environment, never through the command line. */
  readonly token?: string
}

/** Electron refuses to sandbox as root; root exists in containers, where tests run. */
export const sandboxArguments: readonly string[] = process.getuid?.() === 0 ? ['--no-sandbox'] : []

/** Starts the staged app and waits for its window. The app is the leader of a process group of its own. */
export async function launchApp({
  executable,
  stage,
  profile,
  display,
  brokerUrl,
  token,
}: Launch): Promise<LaunchedApp> {
  const electron = await _electron.launch({
    executablePath: executable,
    chromiumSandbox: sandboxArguments.length === 0,
    args: [
      ...sandboxArguments,
      stage,
      `--profile=${profile}`,
      ...(brokerUrl === undefined ? [] : [`--broker=${brokerUrl}`]),
    ],
    env: {
      ...definedOnly(process.env),
      ...(display === undefined ? {} : { DISPLAY: display }),
      ...(token === undefined ? {} : { LONGSHORE_TOKEN: token }),
    },
  })
  const pid = electron.process().pid as number
  const gone = new Promise<void>((resolve) => {
    electron.once('close', () => resolve())
  })
  return {
    electron,
    page: await electron.firstWindow(),
    kill: async () => {
      await killTree(pid)
      await gone
    },
    quit: () => electron.close(),
  }
}

const definedOnly = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
