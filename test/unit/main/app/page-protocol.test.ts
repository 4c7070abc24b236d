import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { pageOrigin, pagePolicy, pageResponder } from '../../../../src/main/app/page-protocol.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longshore-page-'))
  await mkdir(join(folder, 'renderer', 'assets'), { recursive: true })
  await writeFile(join(folder, 'renderer', 'index.html'), '<p>the page')
  await writeFile(join(folder, 'renderer', 'assets', 'a b.js'), 'script')
  await writeFile(join(folder, 'secret.json'), 'secret')
  await mkdir(join(folder, 'renderer-other'))
  await writeFile(join(folder, 'renderer-other', 'secret.json'), 'secret')
})
afterEach(() => rm(folder, { recursive: true }))

const get = (path: string) => pageResponder(join(folder, 'renderer'))({ url: `${pageOrigin}${path}` })

test.each([
  ['/', '<p>the page', 'text/html; charset=utf-8'],
  ['/index.html', '<p>the page', 'text/html; charset=utf-8'],
  ['/assets/a%20b.js', 'script', 'text/javascript; charset=utf-8'],
])('%s is answered with the file, its type and the policy', async (path, content, type) => {
  const response = await get(path)
  expect(await response.text()).toBe(content)
  expect(response.headers.get('content-type')).toBe(type)
  expect(response.headers.get('content-security-policy')).toBe(pagePolicy)
})

test.each(['/none.html', '/assets', '/..%2Fsecret.json', '/..%2Frenderer-other%2Fsecret.json', '/%2e%2e/secret.json'])(
  '%s is not there',
  async (path) => {
    expect((await get(path)).status).toBe(404)
  },
)

test('another host of the scheme has nothing', async () => {
  const response = await pageResponder(join(folder, 'renderer'))({ url: 'longshore://other/index.html' })
  expect(response.status).toBe(404)
})
