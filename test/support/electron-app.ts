import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, type ElectronApplication, type Locator, type Page } from '@playwright/test'
import { openVirtualDisplay } from '../../scripts/display.ts'
import { type ElectronRuntime, electronRuntime } from '../../scripts/electron-runtime.ts'
import { type LaunchedApp, launchApp } from '../../scripts/launch-app.ts'
import { type Services, startServices } from '../../scripts/services.ts'
import { stage } from '../../scripts/stage.ts'
import { hasDisplay } from '../../scripts/system-libraries.ts'

export type Machine = {
  readonly runtime: ElectronRuntime
  readonly stage: string
  readonly display: string | undefined
}

type OpenApp = (start?: { readonly brokerUrl?: string; readonly token?: string }) => Promise<LaunchedApp>

type Fixtures = {
  /** A folder of the test's own, gone afterwards. */
  readonly folder: string
  /** The app's profile; nothing is in it before the app was opened. */
  readonly profile: string
  /** Bytes a second that the store takes. */
  readonly rate: number | undefined
  readonly services: Services
  /** Opens the app on the profile; it is killed afterwards. */
  readonly openApp: OpenApp
  /** Opens the app signed in to the services, with the list on its page. */
  readonly openSignedIn: () => Promise<LaunchedApp>
}

export const test = base.extend<Fixtures, { readonly machine: Machine }>({
  machine: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads a fixture's needs from the pattern
    async ({}, use) => {
      const runtime = await electronRuntime(() => undefined)
      const staged = await stage(runtime)
      const display = hasDisplay() ? undefined : await openVirtualDisplay()
      await use({ runtime, stage: staged, display: display?.name })
      await display?.close()
    },
    { scope: 'worker', timeout: 300_000 },
  ],

  // biome-ignore lint/correctness/noEmptyPattern: as above
  folder: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'longshore-e2e-'))
    await use(folder)
    await rm(folder, { recursive: true, force: true })
  },

  profile: ({ folder }, use) => use(join(folder, 'profile')),

  rate: [undefined, { option: true }],

  services: async ({ rate }, use) => {
    const services = await startServices(rate === undefined ? {} : { rate })
    await use(services)
    await services.close()
  },

  openApp: async ({ machine, profile }, use, testInfo) => {
    const opened: LaunchedApp[] = []
    await use(async (start = {}) => {
      const app = await launchApp({
        executable: machine.runtime.executable,
        stage: machine.stage,
        display: machine.display,
        profile,
        ...start,
      })
      opened.push(app)
      return app
    })
    for (const [index, app] of opened.entries()) {
      if (testInfo.status !== testInfo.expectedStatus && !app.page.isClosed())
        await app.page.screenshot({ path: testInfo.outputPath(`app-${index}.png`) }).catch(() => undefined)
      await app.kill()
    }
  },

  openSignedIn: async ({ openApp, services }, use) => {
    await use(async () => {
      const app = await openApp({ brokerUrl: services.brokerUrl, token: services.token })
      await app.page.getByRole('button', { name: 'Add files…' }).first().waitFor()
      return app
    })
  },
})

export { expect } from '@playwright/test'

/** The row of a transfer, by its file's name. */
export const rowOf = (page: Page, name: string): Locator => page.getByRole('row', { name, exact: true })

/** Answers the system's dialog, which no test can click. */
export const answerDialog = (electron: ElectronApplication, filePaths: readonly string[]): Promise<void> =>
  electron.evaluate(
    ({ dialog }, paths) => {
      dialog.showOpenDialog = async () => ({ canceled: paths.length === 0, filePaths: paths })
    },
    [...filePaths],
  )
