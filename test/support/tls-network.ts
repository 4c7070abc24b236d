import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { createServer } from 'node:tls'
import { certificates } from './certificates.ts'
import { type Network, startNetwork } from './network.ts'

export type TlsNetwork = Network & {
  /** The file of the test's certificate authority: an engine trusts it by NODE_EXTRA_CA_CERTS. */
  readonly authority: string
}

/** As startNetwork, with TLS in front of a target of plain http; the authority's file is written into the folder. */
export async function startTlsNetwork(targetUrl: string, folder: string): Promise<TlsNetwork> {
  const target = new URL(targetUrl)
  const authority = join(folder, 'authority.pem')
  await writeFile(authority, certificates.authority)
  const open = new Set<Socket>()
  const owned = <Kind extends Socket>(socket: Kind): Kind => {
    open.add(socket)
    socket.on('error', () => {}).on('close', () => open.delete(socket))
    return socket
  }
  const terminator = createServer({ key: certificates.key, cert: certificates.signed }, (secure) => {
    const onward = owned(connect({ host: target.hostname, port: Number(target.port), noDelay: true }))
    owned(secure).on('close', () => onward.destroy())
    onward.on('close', () => secure.destroy())
    secure.pipe(onward).pipe(secure)
  })
  terminator.on('connection', owned)
  terminator.listen(0, target.hostname)
  await once(terminator, 'listening')
  const network = await startNetwork(`https://${target.hostname}:${(terminator.address() as AddressInfo).port}`)
  return {
    ...network,
    authority,
    async close() {
      await network.close()
      terminator.close()
      for (const socket of open) socket.destroy()
      await once(terminator, 'close')
    },
  }
}
