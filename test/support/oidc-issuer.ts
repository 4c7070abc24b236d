import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose'
import Provider, { type JWKS } from 'oidc-provider'
import { onPortGivenBack } from './on-port-given-back.ts'

export const audience = 'https://uploads.example'
const secret = 'of the clients of the tests'

type Key = {
  readonly privateJwk: JWK
  readonly privateKey: CryptoKey
  readonly publicKey: CryptoKey
  readonly kid: string
}

/**
 * A real issuer on a port of its own. Its people are OAuth clients, which get access tokens (RFC 9068) without a browser.
 * `groups` says of which groups each is.
 */
export const startOidcIssuer = async ({ groups = {} }: { groups?: Readonly<Record<string, unknown>> } = {}) => {
  const people = ['user-1', 'user-2']
  let answer: RequestListener = (_request, response) => response.writeHead(503).end()
  let requests: string[] = []
  let server: Server
  const listen = async (port: number) => {
    server = createServer((request, response) => {
      requests.push(request.url ?? '')
      answer(request, response)
    }).listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)
  const url = `http://127.0.0.1:${port}`
  const close = async () => {
    if (!server.listening) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }

  let key: Key
  /** From now on signs with a new key, and tells only that one. */
  const rotate = async () => {
    key = await newKey()
    const provider = new Provider(url, {
      jwks: { keys: [key.privateJwk] } as JWKS,
      clients: people.map((client_id) => ({
        client_id,
        client_secret: secret,
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      })),
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_context, resource) => ({
            scope: 'send read',
            audience: resource,
            accessTokenTTL: 3_600,
            accessTokenFormat: 'jwt',
          }),
        },
      },
      ttl: { ClientCredentials: 3_600 },
      extraTokenClaims: async (context) => ({ groups: groups[context.oidc.client?.clientId ?? ''] }),
    })
    answer = provider.callback()
  }
  await rotate()

  return {
    url,
    /** The addresses that were asked for since the last look. */
    asked: () => {
      const since = requests
      requests = []
      return since
    },
    rotate,
    /** The issuer goes away, and comes back at the same address. */
    stop: close,
    start: () => onPortGivenBack(() => listen(port)),
    close,
    /** From now on it answers everything so. */
    answerWith: (listener: RequestListener) => {
      answer = listener
    },
    /** The access token of a person, from the token endpoint. */
    token: async ({ person = 'user-1', resource = audience, scope = 'send' } = {}): Promise<string> => {
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${person}:${encodeURIComponent(secret)}`).toString('base64')}`,
        },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource, scope }),
      })
      const { access_token: token, error_description: problem } = (await response.json()) as Record<string, string>
      if (token === undefined) throw new Error(`no token: ${problem}`)
      return token
    },
    /** A token as another kind of issuer would write it, or as none would, signed with this one's key. */
    sign: (claims: Record<string, unknown> = {}, header: Partial<JWTHeaderParameters> = {}): Promise<string> =>
      new SignJWT({ iss: url, aud: audience, sub: 'user-1', exp: Math.floor(Date.now() / 1_000) + 3_600, ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: key.kid, ...header })
        .sign(key.privateKey),
    publicKey: () => key.publicKey,
  }
}
export type OidcIssuer = Awaited<ReturnType<typeof startOidcIssuer>>

const newKey = async (): Promise<Key> => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const kid = crypto.randomUUID()
  return { publicKey, privateKey, kid, privateJwk: { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' } }
}
