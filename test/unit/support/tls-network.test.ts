import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { get } from 'node:https'
import { expect, onTestFinished, test } from 'vitest'
import { localServer } from '../../support/local-server.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { startTlsNetwork } from '../../support/tls-network.ts'

async function startNetwork() {
  const target = await localServer((request, response) => response.end(`${request.url} is here`))
  const network = await startTlsNetwork(target, temporaryFolder())
  onTestFinished(() => network.close())
  return network
}

async function answer(url: string, authority?: Buffer): Promise<string> {
  const [response] = await once(get(url, { ...(authority && { ca: authority }), agent: false }), 'response')
  return (await response.toArray()).join('')
}

test('a plain server answers over TLS to who trusts the authority', async () => {
  const { endpoint, authority } = await startNetwork()
  expect(endpoint).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
  expect(await answer(`${endpoint}/film`, await readFile(authority))).toBe('/film is here')
  await expect(answer(endpoint)).rejects.toMatchObject({ code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
})

test('a handshake is reset in its middle, until the network is restored', async () => {
  const network = await startNetwork()
  const authority = await readFile(network.authority)
  network.resetNew()
  await expect(answer(network.endpoint, authority)).rejects.toMatchObject({ code: 'ECONNRESET' })
  await network.restore()
  expect(await answer(`${network.endpoint}/`, authority)).toBe('/ is here')
})
