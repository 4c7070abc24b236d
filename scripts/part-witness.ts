import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One UploadPart that came by. */
export type SeenPart = {
  readonly key: string
  readonly partNumber: number
  /** The store answered that it has the part. */
  stored: boolean
}

export type PartWitness = {
  readonly endpoint: string
  /** In the order in which they began. */
  readonly parts: readonly SeenPart[]
  readonly close: () => Promise<void>
}

/**
 * Stands between the app and the store, passes everything on as it is, and notes each part that is sent. `onBytes` hears of
 * each piece of a part's body when it comes by.
 */
export async function startPartWitness(
  storeEndpoint: string,
  onBytes: (part: SeenPart, bytes: number) => void = () => {},
): Promise<PartWitness> {
  const store = new URL(storeEndpoint)
  const parts: SeenPart[] = []
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, answer) => {
    const seen = incoming.method === 'PUT' ? partOf(incoming.url ?? '/') : null
    if (seen !== null) {
      parts.push(seen)
      incoming.on('data', (piece: Buffer) => onBytes(seen, piece.length))
    }
    const onward = request(
      {
        host: store.hostname,
        port: store.port,
        method: incoming.method,
        path: incoming.url,
        headers: incoming.headers,
        setHost: false,
      },
      (stored) => {
        if (seen !== null) seen.stored = stored.statusCode === 200
        answer.writeHead(stored.statusCode ?? 502, stored.headers)
        stored.pipe(answer)
      },
    )
    onward.on('error', () => answer.destroy())
    onward.on('continue', () => answer.writeContinue())
    incoming.on('close', () => {
      if (!incoming.complete) onward.destroy()
    })
    incoming.pipe(onward)
  })
  server.on('checkContinue', (incoming, answer) => server.emit('request', incoming, answer))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    parts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function partOf(path: string): SeenPart | null {
  const { pathname, searchParams } = new URL(path, 'http://store')
  const partNumber = Number(searchParams.get('partNumber'))
  return partNumber > 0 ? { key: decodeURIComponent(pathname), partNumber, stored: false } : null
}
