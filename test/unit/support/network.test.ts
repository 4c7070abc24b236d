import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Network, startNetwork } from '../../support/network.ts'
import { until } from '../../support/until.ts'

/** A target that answers every request with the same bytes. */
let echo: Server
let network: Network
let opened: Socket[]
beforeEach(async () => {
  opened = []
  echo = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {}).pipe(socket)
  })
  echo.listen(0, '127.0.0.1')
  await once(echo, 'listening')
  const address = echo.address()
  network = await startNetwork(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`)
})
afterEach(async () => {
  for (const socket of opened) socket.destroy()
  await network.close()
  echo.close()
  await once(echo, 'close')
})

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(network.endpoint).port), '127.0.0.1')
  opened.push(socket)
  await once(socket, 'connect')
  return socket
}

/** Sends a text; settles when its answer is here whole. */
async function ask(socket: Socket, text = 'hello'): Promise<void> {
  socket.write(text)
  let answered = 0
  while (answered < text.length) {
    const [piece] = (await once(socket, 'data')) as [Buffer]
    answered += piece.length
  }
}

const errorOf = async (socket: Socket) => {
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
  return error.code
}

test('bytes pass both ways and are counted, and so does the end of one side', async () => {
  const socket = await open()
  await ask(socket, 'a'.repeat(300_000))
  expect(network.received()).toBe(300_000)
  expect(network.connections()).toBe(1)
  socket.end('bye')
  const [last] = await once(socket, 'data')
  expect(String(last)).toBe('bye')
  await once(socket, 'close')
  await until(() => network.connections() === 0)
})

test('a cut ends what is open and refuses what is new; after it the same port works again', async () => {
  const socket = await open()
  await ask(socket)
  const closed = once(socket, 'close')
  await network.cut()
  await closed
  await expect(open()).rejects.toThrow('ECONNREFUSED')
  await network.restore()
  await ask(await open())
})

test('a reset breaks what is open, once', async () => {
  const socket = await open()
  await ask(socket)
  const broken = errorOf(socket)
  network.reset()
  expect(await broken).toBe('ECONNRESET')
  await ask(await open())
})

test('new connections are reset at their first bytes, those that were open go on', async () => {
  const old = await open()
  await ask(old)
  network.resetNew()
  const socket = await open()
  const broken = errorOf(socket)
  socket.write('hello')
  expect(await broken).toBe('ECONNRESET')
  await ask(old)
  await network.restore()
  await ask(await open())
})

test('what was stalled stays dead after the network is back, and hears no end; new connections work', async () => {
  const old = await open()
  await ask(old)
  network.stall()
  const during = await open()
  const heard: string[] = []
  for (const socket of [old, during]) {
    for (const event of ['data', 'end', 'error', 'close']) socket.on(event, () => heard.push(event))
    socket.write('hello')
  }
  await network.restore()
  await ask(await open())
  expect(heard).toEqual([])
  expect(network.received()).toBe(10)
  expect(network.connections()).toBe(1)
})

test('a slow network passes as many bytes a second as it is told, and goes on at once when it is fast again', async () => {
  const socket = await open()
  network.slow(100_000)
  const started = performance.now()
  await ask(socket, 'a'.repeat(20_000))
  // there and back, and what a busy machine takes
  expect(performance.now() - started).toBeGreaterThan(350)
  expect(performance.now() - started).toBeLessThan(4_000)
  const answered = ask(socket, 'a'.repeat(1_000_000))
  network.slow(null)
  await answered
  // slow it would take twenty seconds
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('a held answer was issued but has not arrived, until it is released', async () => {
  const socket = await open()
  const hold = network.holdAnswers()
  let arrived = false
  const answered = ask(socket).then(() => {
    arrived = true
  })
  await hold.reached
  expect(network.received()).toBe(5)
  expect(arrived).toBe(false)
  hold.release()
  await answered
  await ask(socket)
})

test('a target that is not there is a reset connection', async () => {
  const nobody = await startNetwork('http://127.0.0.1:1')
  const socket = connect(Number(new URL(nobody.endpoint).port), '127.0.0.1')
  expect(await errorOf(socket)).toBe('ECONNRESET')
  await nobody.close()
})
