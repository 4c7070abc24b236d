import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { app, type BrowserWindow, ipcMain, Menu, protocol, session, utilityProcess, type WebFrameMain } from 'electron'
import { failed, ok } from '../shared/failure.ts'
import { channelOf, type EngineState } from '../shared/ipc.ts'
import type { SignInRequest, StoredSession } from '../shared/session.ts'
import { chooseHandlers } from './app/choose.ts'
import { keychain } from './app/keychain.ts'
import { lockDown } from './app/lockdown.ts'
import { type Log, openLog } from './app/log.ts'
import { powerNow, watchMachine } from './app/machine-news.ts'
import { pageOrigin, pageResponder, pageScheme } from './app/page-protocol.ts'
import { setAside } from './app/set-aside.ts'
import { type StartOptions, startOptionsOf } from './app/start-options.ts'
import { openVault } from './app/vault.ts'
import { openWindow } from './app/window.ts'
import { type EngineChild, engineEnvironment, startEngineProcess } from './engine-process.ts'
import { serveIpc } from './ipc.ts'

const options = startOptionsOf(process.argv, process.env)
delete process.env.LONGSHORE_TOKEN
if (options.profile !== null) {
  mkdirSync(options.profile, { recursive: true })
  app.setPath('userData', options.profile)
}

if (app.requestSingleInstanceLock()) {
  protocol.registerSchemesAsPrivileged([{ scheme: pageScheme, privileges: { standard: true, secure: true } }])
  const log = openLog(app.getPath('userData'))
  void app
    .whenReady()
    .then(() => run(options, log))
    .catch((error: unknown) => {
      log.error('the app could not start', error)
      app.exit(1)
    })
} else {
  app.exit(0)
}

async function run(options: StartOptions, log: Log): Promise<void> {
  const profile = app.getPath('userData')
  const databasePath = join(profile, 'longshore.db')
  const devServer = app.isPackaged ? undefined : process.env.ELECTRON_RENDERER_URL
  const origin = devServer ?? pageOrigin
  log.info(`Longshore ${app.getVersion()} on Electron ${process.versions.electron}, ${process.platform}`)

  lockDown(app, session.defaultSession)
  protocol.handle(pageScheme, pageResponder(join(import.meta.dirname, '../renderer')))
  if (process.platform !== 'darwin' && devServer === undefined) Menu.setApplicationMenu(null)

  let window: BrowserWindow | null = null
  const announce = (channel: string, payload: unknown): void => {
    if (window !== null && !window.isDestroyed()) window.webContents.send(channel, payload)
  }

  const vault = openVault(join(profile, 'session.bin'), await keychain())
  const engine = startEngineProcess({
    fork: () => {
      const child = utilityProcess.fork(join(import.meta.dirname, 'engine.js'), [databasePath], {
        serviceName: 'Longshore engine',
        env: { ...process.env, ...engineEnvironment },
        stdio: ['ignore', 'inherit', 'pipe'],
      })
      child.stderr?.on('data', (words: Buffer) => log.error(`the engine says: ${words}`))
      return child as EngineChild
    },
    begin: beginning(await vault.load(), options.signIn),
    remembers: vault.remembers,
    power: powerNow,
    onState: (state: EngineState) => {
      if (state.state === 'refused') log.error(`the engine cannot use its database: ${state.problem}`)
      announce(channelOf('app', 'engineChanged'), state)
    },
    onEvent: announce,
    onKeep: (session) => {
      vault.keep(session).catch((error: unknown) => log.error('the session could not be kept', error))
    },
    onExit: (code) => log.info(`the engine ended with code ${code}`),
    now: () => performance.now(),
    after: (ms, callback) => {
      const timer = setTimeout(callback, ms)
      return () => clearTimeout(timer)
    },
  })

  serveIpc<WebFrameMain | null>({
    handle: (channel, listener) => ipcMain.handle(channel, (event, input) => listener(event.senderFrame, input)),
    isTrusted: (frame) =>
      frame !== null && frame === window?.webContents.mainFrame && frame.url.startsWith(`${origin}/`),
    callEngine: engine.call,
    handlers: {
      choose: chooseHandlers(() => window as BrowserWindow, engine.call),
      app: {
        info: async () =>
          ok({ version: app.getVersion(), engine: engine.state(), suggestedBrokerUrl: options.brokerUrl }),
        tryAgain: async () => {
          engine.startAgain()
          return ok(null)
        },
        startFresh: async () => {
          const state = engine.state()
          if (state.state !== 'refused' || state.problem === 'database_locked') return failed('not_possible')
          const movedTo = await setAside(databasePath, Date.now())
          log.info(`the database was moved aside to ${movedTo}`)
          engine.startAgain()
          return ok({ movedTo })
        },
      },
    },
    onBug: (channel, error) => log.error(`${channel} threw`, error),
  })

  const stopWatching = watchMachine(engine.tell)
  const show = (): void => {
    if (window === null || window.isDestroyed()) {
      window = openWindow(`${origin}/index.html`)
      window.once('closed', () => {
        window = null
      })
    } else {
      if (window.isMinimized()) window.restore()
      window.show()
      window.focus()
    }
  }
  let quitting = false
  let wanted = false
  const open = (): void => {
    if (quitting) wanted = true
    else show()
  }
  app.on('second-instance', open)
  app.on('activate', open)
  app.on('window-all-closed', () => app.quit())
  app.on('will-quit', (event) => {
    event.preventDefault()
    quitting = true
    stopWatching()
    void engine.stop().then(() => {
      if (wanted) app.relaunch()
      app.exit(0)
    })
  })
  show()
}

/** A session that the keychain remembers goes first, for it works without a network; an address and token given now replace another's. */
function beginning(session: StoredSession | null, signIn: SignInRequest | null) {
  const isSame = session?.brokerUrl === signIn?.brokerUrl && session?.token === signIn?.token
  return signIn === null || isSame ? { session, signIn: null } : { session: null, signIn }
}
