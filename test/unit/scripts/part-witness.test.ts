import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { type SeenPart, startPartWitness } from '../../../scripts/part-witness.ts'

let opened = new AsyncDisposableStack()
afterEach(async () => {
  await opened.disposeAsync()
  opened = new AsyncDisposableStack()
})

/** A store that answers as the test says, and a witness before it. */
async function witnessed(
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
  onBytes?: (part: SeenPart, bytes: number) => void,
) {
  const store = createServer(async (request, response) => answer(request, response, await text(request)))
  await new Promise<void>((resolve) => store.listen(0, '127.0.0.1', resolve))
  opened.defer(() => {
    store.closeAllConnections()
    store.close()
  })
  const witness = await startPartWitness(`http://127.0.0.1:${(store.address() as AddressInfo).port}`, onBytes)
  opened.defer(witness.close)
  return witness
}

test('what is sent through reaches the store as it was, with the host that was signed, and the answer comes back', async () => {
  const seen: unknown[] = []
  const witness = await witnessed((request, response, body) => {
    seen.push([request.method, request.url, request.headers.host, body])
    response.writeHead(200, { etag: '"e"' }).end('stored')
  })
  const answer = await fetch(`${witness.endpoint}/bucket/key?partNumber=3&uploadId=u`, { method: 'PUT', body: 'part' })
  expect([answer.status, answer.headers.get('etag'), await answer.text()]).toEqual([200, '"e"', 'stored'])
  expect(seen).toEqual([['PUT', '/bucket/key?partNumber=3&uploadId=u', new URL(witness.endpoint).host, 'part']])
})

test('parts are noted in the order in which they were sent, each with whether the store took it', async () => {
  const witness = await witnessed((request, response) => {
    response.writeHead(request.url?.includes('partNumber=2') ? 503 : 200).end()
  })
  for (const part of [1, 2, 1])
    await fetch(`${witness.endpoint}/bucket/a%20b?partNumber=${part}&uploadId=u`, { method: 'PUT', body: 'part' })
  await fetch(`${witness.endpoint}/bucket/whole`, { method: 'PUT', body: 'object' })
  await fetch(`${witness.endpoint}/bucket/a%20b?uploadId=u`)
  expect(witness.parts).toEqual([
    { key: '/bucket/a b', partNumber: 1, stored: true },
    { key: '/bucket/a b', partNumber: 2, stored: false },
    { key: '/bucket/a b', partNumber: 1, stored: true },
  ])
})

test('the bytes of parts are told as they come by, and those of nothing else', async () => {
  const bytes = new Map<number, number>()
  const witness = await witnessed(
    (_, response) => response.writeHead(200).end(),
    ({ partNumber }, more) => bytes.set(partNumber, (bytes.get(partNumber) ?? 0) + more),
  )
  for (const [part, size] of [
    [1, 1],
    [2, 1_000_000],
  ])
    await fetch(`${witness.endpoint}/bucket/key?partNumber=${part}&uploadId=u`, {
      method: 'PUT',
      body: 'x'.repeat(size ?? 0),
    })
  await fetch(`${witness.endpoint}/bucket/whole`, { method: 'PUT', body: 'object' })
  expect(bytes).toEqual(
    new Map([
      [1, 1],
      [2, 1_000_000],
    ]),
  )
})
