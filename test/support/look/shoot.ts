import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Page } from '@playwright/test'
import { build, preview } from 'vite'

/**
 * Takes a picture of each scenario into `out/look-pictures`, checks each with axe, and ends with code 1 where the page
 * complained: `node test/support/look/shoot.ts [NAME…]`. Wants a Chromium: CHROMIUM=/path, or Playwright's own.
 */
type Shot = {
  readonly name: string
  readonly scenario: string
  readonly narrow?: boolean
  readonly rightToLeft?: boolean
  readonly forcedColors?: boolean
  readonly before?: (page: Page) => Promise<void>
}

const drag = (page: Page) =>
  page.evaluate(() => {
    const data = new DataTransfer()
    for (const name of ['a.mov', 'b.mov', 'c.mov', 'folder']) data.items.add(new File(['x'], name))
    window.dispatchEvent(new DragEvent('dragenter', { dataTransfer: data, bubbles: true }))
  })

const openSettings = async (page: Page) => {
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
}

const openFolders = async (page: Page) => {
  await page.getByRole('link', { name: 'Folders' }).click()
  await page.getByRole('button', { name: 'Watch a folder…' }).waitFor()
}
const watchFolder = async (page: Page) => {
  await openFolders(page)
  await page.getByRole('button', { name: 'Watch a folder…' }).click()
  await page.getByRole('button', { name: 'Start watching' }).waitFor()
  await page.getByText('Counted just now').waitFor()
}
const seeTab = (name: string) => async (page: Page) => {
  await watchFolder(page)
  await page.getByRole('tab', { name }).click()
}
const openMenuOf = async (page: Page, name: string) => {
  await openFolders(page)
  await page.getByRole('button', { name: `More for ${name}` }).click()
}

const openInvite = async (page: Page) => {
  await page.getByRole('button', { name: 'Invite…' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Make link' }).waitFor()
}
const makeLink = async (page: Page) => {
  await openInvite(page)
  await page.getByText('More').click()
  await page.getByRole('textbox', { name: 'Each file' }).fill('2')
  await page.getByRole('textbox', { name: 'Types' }).fill('video/*, audio/wav')
  await page.getByRole('button', { name: 'Make link' }).click()
  await page.getByRole('button', { name: 'Copy', exact: true }).click()
  await page.getByRole('button', { name: 'Copied' }).waitFor()
}

const shots: readonly Shot[] = [
  { name: 'transfers', scenario: 'every-state' },
  { name: 'transfers-narrow', scenario: 'every-state', narrow: true },
  { name: 'transfers-rtl', scenario: 'every-state', rightToLeft: true },
  { name: 'transfers-contrast', scenario: 'every-state', forcedColors: true },
  {
    name: 'row-selected',
    scenario: 'every-state',
    before: (page) => page.getByRole('row', { name: 'VAULT-0417' }).click({ position: { x: 300, y: 20 } }),
  },
  {
    name: 'row-menu',
    scenario: 'every-state',
    before: (page) => page.getByRole('button', { name: 'More for VAULT-0417' }).click(),
  },
  {
    name: 'explanation',
    scenario: 'every-state',
    before: async (page) => {
      await page.getByRole('button', { name: 'it changed while being sent' }).click()
      await page.getByRole('button', { name: 'Copy details for support' }).click()
      await page.getByText('Copied').waitFor()
    },
  },
  {
    name: 'cancel',
    scenario: 'every-state',
    before: async (page) => {
      await page.getByRole('row', { name: 'VAULT-0417' }).focus()
      await page.keyboard.press('Delete')
      await page.getByRole('dialog').getByText('will be removed').waitFor()
    },
  },
  { name: 'drop', scenario: 'every-state', before: drag },
  {
    name: 'added',
    scenario: 'every-state',
    before: async (page) => {
      await page.getByRole('button', { name: 'Add files…' }).click()
      await page.getByRole('button', { name: 'Add folder…' }).click()
      await page.getByRole('alert').waitFor()
    },
  },
  { name: 'search', scenario: 'every-state', before: (page) => page.getByRole('searchbox').fill('nothing like it') },
  { name: 'many', scenario: 'many' },
  {
    name: 'many-end',
    scenario: 'many',
    before: async (page) => {
      await page.getByRole('row', { name: 'Interview' }).focus()
      await page.keyboard.press('End')
      await page.getByRole('row', { name: 'empty' }).or(page.getByText('old-take')).first().waitFor()
    },
  },
  { name: 'offline', scenario: 'offline' },
  { name: 'signed-out', scenario: 'signed-out', narrow: true },
  { name: 'schedule', scenario: 'schedule' },
  { name: 'on-battery', scenario: 'on-battery', narrow: true },
  { name: 'settings', scenario: 'settings', before: openSettings },
  { name: 'settings-usual', scenario: 'every-state', before: openSettings },
  { name: 'settings-narrow', scenario: 'settings', narrow: true, before: openSettings },
  { name: 'settings-rtl', scenario: 'settings', rightToLeft: true, before: openSettings },
  { name: 'settings-contrast', scenario: 'settings', forcedColors: true, before: openSettings },
  {
    name: 'settings-painting',
    scenario: 'settings',
    before: async (page) => {
      await openSettings(page)
      await page.locator('label', { hasText: 'No uploads' }).click()
      await page.getByLabel('Tuesday 06:00').hover()
      await page.mouse.down()
      await page.getByLabel('Saturday 20:00').hover()
      await page.getByLabel('Thursday 12:00, no uploads').waitFor()
    },
  },
  {
    name: 'settings-keys',
    scenario: 'settings',
    before: async (page) => {
      await openSettings(page)
      await page.getByLabel('Monday 00:00').focus()
      await page.keyboard.press('ArrowDown')
      await page.keyboard.press(' ')
      await page.keyboard.press('Shift+ArrowRight')
      await page.getByLabel('Tuesday 01:00, limited').waitFor()
    },
  },
  {
    name: 'settings-day',
    scenario: 'settings',
    before: async (page) => {
      await openSettings(page)
      await page.getByRole('button', { name: 'All of Tuesday' }).click()
      await page.getByRole('menuitem', { name: 'No uploads all day' }).waitFor()
    },
  },
  { name: 'folders', scenario: 'folders', before: openFolders },
  { name: 'folders-narrow', scenario: 'folders', narrow: true, before: openFolders },
  { name: 'folders-rtl', scenario: 'folders', rightToLeft: true, before: openFolders },
  { name: 'folders-contrast', scenario: 'folders', forcedColors: true, before: openFolders },
  { name: 'folders-trouble', scenario: 'folders-trouble', before: openFolders },
  { name: 'folders-empty', scenario: 'folders-none', before: openFolders },
  { name: 'folder-menu', scenario: 'folders', before: (page) => openMenuOf(page, 'Dailies') },
  { name: 'watch', scenario: 'folders', before: watchFolder },
  { name: 'watch-narrow', scenario: 'folders', narrow: true, before: watchFolder },
  {
    name: 'watch-ignored',
    scenario: 'folders',
    before: async (page) => {
      await seeTab('Ignored')(page)
      await page.getByLabel('Why is a file ignored?').fill('roll-07/preview.tmp')
      await page.getByRole('button', { name: 'Find out' }).click()
      await page.getByText('is ignored:').scrollIntoViewIfNeeded()
    },
  },
  { name: 'watch-rules', scenario: 'folders', before: seeTab('Rules') },
  { name: 'watch-rules-narrow', scenario: 'folders', narrow: true, before: seeTab('Rules') },
  { name: 'watch-rtl', scenario: 'folders', rightToLeft: true, before: seeTab('Ignored') },
  { name: 'watch-contrast', scenario: 'folders', forcedColors: true, before: seeTab('Ignored') },
  {
    name: 'watch-refused',
    scenario: 'folders-none',
    before: async (page) => {
      await openFolders(page)
      await page.getByRole('button', { name: 'Watch a folder…' }).click()
      await page.getByRole('dialog').getByText('It is inside').waitFor()
    },
  },
  {
    name: 'folder-options',
    scenario: 'folders-trouble',
    before: async (page) => {
      await openMenuOf(page, 'Negatives')
      await page.getByRole('menuitem', { name: 'Rules and options…' }).click()
      await page.getByText('Counted just now').waitFor()
    },
  },
  {
    name: 'folder-remove',
    scenario: 'folders',
    before: async (page) => {
      await openMenuOf(page, 'Dailies')
      await page.getByRole('menuitem', { name: 'Remove…' }).click()
      await page.getByRole('button', { name: 'Stop watching' }).waitFor()
    },
  },
  {
    name: 'folder-dropped',
    scenario: 'folders',
    before: async (page) => {
      await page.evaluate(() => {
        const items = [{ kind: 'file', webkitGetAsEntry: () => ({ isDirectory: true }) }]
        const dataTransfer = { types: ['Files'], files: [new File([], 'Sound rolls')], items }
        window.dispatchEvent(Object.assign(new Event('drop', { cancelable: true }), { dataTransfer }))
      })
      await page.getByRole('button', { name: 'Keep watching…' }).waitFor()
    },
  },
  { name: 'paused', scenario: 'paused' },
  { name: 'purposes', scenario: 'purposes' },
  {
    name: 'account',
    scenario: 'purposes',
    before: (page) => page.getByRole('button', { name: 'Account' }).click(),
  },
  { name: 'empty', scenario: 'empty' },
  { name: 'empty-narrow', scenario: 'empty', narrow: true },
  { name: 'first-run', scenario: 'first-run' },
  {
    name: 'first-run-token',
    scenario: 'refused-token',
    before: async (page) => {
      await page.getByRole('textbox', { name: 'Broker address' }).fill('broker.example-archive.example')
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByLabel('Token', { exact: true }).fill('a-token')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('does not know this token').waitFor()
    },
  },
  {
    name: 'first-run-invitation',
    scenario: 'refused-invitation',
    before: async (page) => {
      await page.getByRole('textbox', { name: 'Broker address' }).fill('https://send.example/invite/#inv_a-token')
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByText('was taken back').waitFor()
    },
  },
  { name: 'invited', scenario: 'invited' },
  { name: 'invite', scenario: 'inviting', before: openInvite },
  { name: 'invite-narrow', scenario: 'inviting', narrow: true, before: openInvite },
  {
    name: 'invite-wrong',
    scenario: 'inviting',
    rightToLeft: true,
    before: async (page) => {
      await openInvite(page)
      await page.getByText('Until a day…').click()
      await page.getByRole('textbox', { name: 'All files together' }).fill('')
      await page.getByText('More').click()
      await page.getByRole('textbox', { name: 'Types' }).fill('jpg')
      await page.getByRole('button', { name: 'Make link' }).click()
      await page.getByText('Type a size.').waitFor()
    },
  },
  {
    name: 'invite-refused',
    scenario: 'invite-refused',
    before: async (page) => {
      await openInvite(page)
      await page.getByText('More').click()
      await page.getByRole('textbox', { name: 'Types' }).fill('video/*')
      await page.getByRole('button', { name: 'Make link' }).click()
      await page.getByRole('alert').getByText('accepts less').waitFor()
    },
  },
  { name: 'invite-made', scenario: 'inviting', before: makeLink },
  { name: 'invite-made-contrast', scenario: 'inviting', forcedColors: true, before: makeLink },
  {
    name: 'invite-taken-back',
    scenario: 'inviting',
    narrow: true,
    before: async (page) => {
      await makeLink(page)
      await page.getByRole('button', { name: 'Take back' }).click()
      await page.getByText('no longer works').waitFor()
    },
  },
  { name: 'first-run-narrow', scenario: 'first-run', narrow: true },
  { name: 'database-newer', scenario: 'database-newer' },
  { name: 'database-locked', scenario: 'database-locked' },
  { name: 'database-corrupt', scenario: 'database-corrupt', narrow: true },
]

const config = resolve(import.meta.dirname, 'vite.config.ts')
const pictures = resolve(import.meta.dirname, '../../../out/look-pictures')
const wanted = process.argv.slice(2)

await build({ configFile: config, logLevel: 'warn' })
const server = await preview({ configFile: config, preview: { port: 0, host: '127.0.0.1' }, logLevel: 'warn' })
const address = server.resolvedUrls?.local[0] ?? ''
const executablePath = process.env.CHROMIUM
const browser = await chromium.launch({
  ...(executablePath && { executablePath }),
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--font-render-hinting=none'],
})
await mkdir(pictures, { recursive: true })
const complaints: string[] = []

for (const shot of shots.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const viewport = shot.narrow ? { width: 720, height: 448 } : { width: 1180, height: 728 }
    const context = await browser.newContext({
      viewport,
      colorScheme,
      locale: 'en-GB',
      forcedColors: shot.forcedColors ? 'active' : 'none',
    })
    const page = await context.newPage()
    const complain = (text: string) => complaints.push(`${shot.name} ${colorScheme}: ${text}`)
    page.on('console', (message) => message.type() === 'error' && complain(message.text()))
    page.on('pageerror', (error) => complain(String(error)))
    await page.goto(`${address}?scenario=${shot.scenario}${shot.rightToLeft ? '&direction=rtl' : ''}`)
    await page.locator('main').waitFor()
    await page.evaluate(() => document.fonts.ready)
    await page.waitForFunction(() => performance.now() > 900)
    await shot.before?.(page)
    await page.waitForFunction((since) => performance.now() > since + 500, await page.evaluate(() => performance.now()))
    await page.screenshot({ path: resolve(pictures, `${shot.name}-${colorScheme}.png`) })
    if (!shot.forcedColors) {
      // What opens above the page stands in a portal, outside the landmarks.
      const { violations } = await new AxeBuilder({ page }).disableRules(shot.before ? ['region'] : []).analyze()
      for (const { id, nodes } of violations)
        complain(`${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
    }
    await context.close()
  }
}

await browser.close()
await new Promise((done) => server.httpServer.close(done))
console.log(complaints.length === 0 ? `pictures in ${pictures}, nothing to complain about` : complaints.join('\n'))
process.exitCode = complaints.length === 0 ? 0 : 1
