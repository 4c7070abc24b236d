import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * An STS and a store that answer everything after the time (ms) of the first argument: what is measured before them is the
 * broker. Every key holds an object of 5 bytes; no signature is looked at. Prints its address when it listens.
 */
const ownTime = Number(process.argv[2])

const session = `<GetFederationTokenResponse><GetFederationTokenResult><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>${'s'.repeat(40)}</SecretAccessKey><SessionToken>${'t'.repeat(900)}</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></GetFederationTokenResult></GetFederationTokenResponse>`

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  if (request.method === 'HEAD')
    response.writeHead(200, { 'content-length': 5, etag: '"5d41402abc4b2a76b9719d911017c592"' }).end()
  else response.writeHead(200, { 'content-type': 'text/xml' }).end(session)
}

const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
  request.resume()
  setTimeout(() => answer(request, response), ownTime)
}).listen(0, '127.0.0.1')
await once(server, 'listening')
console.log(JSON.stringify({ endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }))
process.once('SIGTERM', () => process.exit(0))
