import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from '../support/electron-app.ts'

test('the page runs sandboxed and isolated, and reaches nothing of Node or Electron', async ({ openApp }) => {
  const { electron, page } = await openApp()
  await page.getByRole('heading', { name: 'Welcome to Longshore' }).waitFor()
  const preferences = await electron.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows()
    // Not in Electron's types, but there: what the page really runs with.
    const contents = window?.webContents as unknown as { getLastWebPreferences: () => Record<string, unknown> }
    return contents.getLastWebPreferences()
  })
  expect(preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
  })
  const reached = await page.evaluate(() =>
    ['require', 'process', 'Buffer', 'module', 'global', 'electron', 'ipcRenderer'].filter(
      (name) => name in globalThis,
    ),
  )
  expect(reached).toEqual([])
})

test('the policy of the page lets no script in, neither inline nor evaluated nor remote, and no request out', async ({
  openApp,
}) => {
  const asked: string[] = []
  const remote = createServer((request, answer) => {
    asked.push(request.url ?? '')
    answer.end('window.cracked = true')
  })
  await new Promise<void>((resolve) => remote.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(remote.address() as AddressInfo).port}`
  const { page } = await openApp()
  await page.getByRole('heading', { name: 'Welcome to Longshore' }).waitFor()

  const outcome = await page.evaluate(async (address) => {
    const inline = document.createElement('script')
    inline.textContent = 'window.cracked = true'
    document.body.append(inline)
    const fromElsewhere = document.createElement('script')
    fromElsewhere.src = `${address}/script.js`
    const loading = new Promise((resolve) => {
      fromElsewhere.onload = () => resolve('loaded')
      fromElsewhere.onerror = () => resolve('refused')
    })
    document.body.append(fromElsewhere)
    const evaluated = document.createElement('button')
    evaluated.setAttribute('onclick', 'window.cracked = true')
    document.body.append(evaluated)
    evaluated.click()
    evaluated.remove()
    return {
      script: await loading,
      fetched: await fetch(`${address}/fetch`, { mode: 'no-cors' }).then(
        () => 'sent',
        () => 'refused',
      ),
      cracked: 'cracked' in window,
    }
  }, origin)
  expect(outcome).toEqual({ script: 'refused', fetched: 'refused', cracked: false })
  expect(asked).toEqual([])
  remote.close()
})

test('the page goes nowhere else, opens no window and gets no permission', async ({ openApp }) => {
  const { electron, page } = await openApp()
  await page.getByRole('heading', { name: 'Welcome to Longshore' }).waitFor()
  const outcome = await page.evaluate(async () => ({
    opened: window.open('https://example.com/') === null ? 'refused' : 'opened',
    notifications: await Notification.requestPermission(),
  }))
  expect(outcome).toEqual({ opened: 'refused', notifications: 'denied' })

  // Asked of the window itself: Playwright waits for a navigation that was refused.
  const after = await electron.evaluate(async ({ BrowserWindow }) => {
    const [{ webContents } = { webContents: null }, ...others] = BrowserWindow.getAllWindows()
    const before = webContents?.getURL()
    const tried = new Promise<string>((resolve) =>
      webContents?.once('will-frame-navigate', (event) =>
        setImmediate(() => resolve(`${event.url} ${event.defaultPrevented}`)),
      ),
    )
    await webContents?.executeJavaScript("location.href = 'https://example.com/'; 0")
    return { tried: await tried, stayed: webContents?.getURL() === before, others: others.length }
  })
  expect(after).toEqual({ tried: 'https://example.com/ true', stayed: true, others: 0 })
})

test('the page cannot name a path: what it calls a file without one is not added', async ({ openSignedIn }) => {
  const { page } = await openSignedIn()
  const answer = await page.evaluate(() => {
    const { api } = window as unknown as { api: { transfers: { add: (input: unknown) => Promise<unknown> } } }
    return api.transfers.add({ purpose: 'drop', files: [new File(['x'], 'passwd')], paths: ['/etc/passwd'] })
  })
  expect(answer).toEqual({ ok: false, failure: { kind: 'input_invalid', detail: null } })
})

test('the app starts without an error on its page', async ({ openSignedIn }) => {
  const { page } = await openSignedIn()
  const errors: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  page.on('pageerror', (error) => errors.push(error.message))
  await page.reload()
  await page.getByText('Drop files or folders here').waitFor()
  expect(errors).toEqual([])
})
