import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { sandboxArguments } from '../../scripts/launch-app.ts'
import { expect, test } from '../support/electron-app.ts'

test('a second start on the same profile ends by itself and shows the first window', async ({
  machine,
  openApp,
  profile,
}) => {
  const { electron } = await openApp()
  await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide())
  const second = spawn(machine.runtime.executable, [...sandboxArguments, machine.stage, `--profile=${profile}`], {
    env: { ...process.env, ...(machine.display === undefined ? {} : { DISPLAY: machine.display }) },
    stdio: 'ignore',
  })
  const [code] = await once(second, 'exit')
  expect(code).toBe(0)
  await expect
    .poll(() => electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((each) => each.isVisible())))
    .toEqual([true])
})
