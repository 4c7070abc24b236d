import type { Page } from '@playwright/test'

/**
 * Drops files or folders on the middle of the page as the system does it: a real drag, with real paths. Waits for
 * `ready` to be there, for a page that is still starting takes no drops.
 */
export async function dropOn(
  page: Page,
  paths: readonly string[],
  ready = page.getByRole('button', { name: 'Add files…' }),
): Promise<void> {
  await ready.first().waitFor()
  const { width, height } = await page.evaluate(() => ({ width: innerWidth, height: innerHeight }))
  const cdp = await page.context().newCDPSession(page)
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await cdp.send('Input.dispatchDragEvent', {
      type,
      x: width / 2,
      y: height / 2,
      data: { items: [], files: [...paths], dragOperationsMask: 1 },
    })
  }
  await cdp.detach()
}
