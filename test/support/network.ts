import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { onPortGivenBack } from './on-port-given-back.ts'

/** The network between an engine and a store or a broker: a TCP proxy that a test disturbs. */
export type Network = {
  /** The target's address, by way of this network. */
  readonly endpoint: string
  /** Ends every disturbance. Connections that were cut, reset or stalled stay lost; new ones work, on the same port. */
  restore(): Promise<void>
  /** Ends all connections, and refuses new ones. */
  cut(): Promise<void>
  /** Resets all connections, once; new ones work. */
  reset(): void
  /** Resets each new connection at its first bytes: for TLS, in the middle of the handshake. */
  resetNew(): void
  /** Black hole: connections stay open and new ones are accepted, but no byte passes, nor the end of either side. */
  stall(): void
  /** All bytes of both directions together; null: as fast as they come. */
  slow(bytesPerSecond: number | null): void
  /** Requests pass, answers are kept back until `release`; `reached`: the first bytes of one are here. */
  holdAnswers(): { readonly reached: Promise<void>; release(): void }
  /** Bytes that were passed to the target. */
  received(): number
  /** Connections that are open and not lost. */
  connections(): number
  close(): Promise<void>
}

type Hold = Record<'reached' | 'released', PromiseWithResolvers<void>>

/** A connection of the engine and the one to the target that goes with it. */
type Link = { readonly ends: readonly Socket[]; lost: boolean }

/** How often a second a slow network passes something. */
const slicesPerSecond = 20

/** Starts a network on a free port of this machine in front of the target's host and port. */
export async function startNetwork(targetUrl: string): Promise<Network> {
  const target = new URL(targetUrl)
  const links = new Set<Link>()
  let resetsNew = false
  let stalled = false
  let rate: number | null = null
  let busyUntil = 0
  let hold: Hold | null = null
  let received = 0

  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
  const port = await listen(server, target.hostname, 0)

  function accept(client: Socket): void {
    if (stalled || resetsNew) {
      const link: Link = { ends: [client], lost: true }
      links.add(link)
      client.on('error', () => {}).on('close', () => links.delete(link))
      if (!stalled) client.once('data', () => client.resetAndDestroy())
      return
    }
    const onward = connect({ host: target.hostname, port: Number(target.port), allowHalfOpen: true, noDelay: true })
    const link: Link = { ends: [client, onward], lost: false }
    links.add(link)
    const passEnd = (from: Socket, to: Socket) => {
      let reset = false
      from.on('error', ({ code }: NodeJS.ErrnoException) => {
        reset = code === 'ECONNRESET' || code === 'ECONNREFUSED'
      })
      from.on('close', () => {
        if (link.lost) return
        links.delete(link)
        if (reset) to.resetAndDestroy()
        else to.destroy()
      })
    }
    passEnd(client, onward)
    passEnd(onward, client)
    void pass('request', link, client, onward)
    void pass('answer', link, onward, client)
  }

  /** Passes everything from one end to the other; an end that breaks tells the other by `passEnd`. */
  async function pass(what: 'request' | 'answer', link: Link, from: Socket, to: Socket): Promise<void> {
    try {
      for await (const piece of from.iterator({ destroyOnReturn: false })) {
        for (let start = 0; start < piece.length; ) {
          const slice = piece.subarray(start, start + sliceSize())
          start += slice.length
          await turn(slice.length)
          while (what === 'answer' && hold !== null) {
            hold.reached.resolve()
            await hold.released.promise
          }
          if (link.lost) await never
          if (what === 'request') received += slice.length
          if (!to.write(slice)) await once(to, 'drain')
        }
      }
      if (!link.lost) to.end()
    } catch {
      // the end that broke is closed
    }
  }

  const sliceSize = () => (rate === null ? Number.POSITIVE_INFINITY : Math.ceil(rate / slicesPerSecond))
  async function turn(bytes: number): Promise<void> {
    if (rate === null) return
    busyUntil = Math.max(busyUntil, performance.now()) + (bytes / rate) * 1_000
    await sleep(Math.max(0, busyUntil - performance.now()))
  }

  function release(held = hold): void {
    if (hold === held) hold = null
    held?.released.resolve()
  }

  function end(how: (socket: Socket) => void): void {
    for (const { ends } of links) ends.forEach(how)
    links.clear()
  }
  const close = async () => {
    end((socket) => socket.destroy())
    if (!server.listening) return
    server.close()
    await once(server, 'close')
  }

  return {
    endpoint: `${target.protocol}//${target.hostname}:${port}`,
    async restore() {
      resetsNew = false
      stalled = false
      rate = null
      release()
      if (!server.listening) await onPortGivenBack(() => listen(server, target.hostname, port))
    },
    cut: close,
    reset: () => end((socket) => socket.resetAndDestroy()),
    resetNew() {
      resetsNew = true
    },
    stall() {
      stalled = true
      for (const link of links) link.lost = true
    },
    slow(bytesPerSecond) {
      rate = bytesPerSecond
      busyUntil = 0
    },
    holdAnswers() {
      release()
      const held: Hold = { reached: Promise.withResolvers(), released: Promise.withResolvers() }
      hold = held
      return { reached: held.reached.promise, release: () => release(held) }
    },
    received: () => received,
    connections: () => [...links].filter(({ lost }) => !lost).length,
    close,
  }
}

/** Listens and answers with the port. */
async function listen(server: Server, host: string, port: number): Promise<number> {
  server.listen(port, host)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const never = new Promise<never>(() => {})
