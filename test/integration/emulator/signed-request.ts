import { createHash, createHmac } from 'node:crypto'
import { type Agent, request as httpRequest } from 'node:http'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import type { Credentials } from './test-emulator.ts'

type Signer = ConstructorParameters<typeof SignatureV4>[0]

const sha256 = class {
  readonly hash
  constructor(secret?: Uint8Array | string) {
    this.hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }
  update(data: Uint8Array | string): void {
    this.hash.update(data)
  }
  async digest(): Promise<Uint8Array> {
    return this.hash.digest()
  }
} as Signer['sha256']

export const signerOf = (credentials: Credentials, service = 's3', region = 'us-east-1') =>
  new SignatureV4({ service, region, credentials, sha256, uriEscapePath: false, applyChecksum: false })

export type RawAnswer = {
  status: number
  /** The `Code` of an error's XML. */
  code: string | null
  headers: Record<string, string | string[] | undefined>
  body: string
  /** Whether it came over a connection that had served before. */
  reused: boolean
}

export type Sent = { method: string; path: string; headers?: Record<string, string>; body?: string | Buffer }

/** Sends exactly this; what the clients' libraries would not send, too. `path` may have a query. */
export function sendRaw(
  endpoint: string,
  { method, path, headers = {}, body = '' }: Sent,
  agent: Agent | false = false,
): Promise<RawAnswer> {
  const { hostname, port } = new URL(endpoint)
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers, agent }, (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8')
        const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? null
        resolve({
          status: response.statusCode ?? 0,
          code,
          headers: response.headers,
          body: text,
          reused: request.reusedSocket,
        })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

export const sha256Hex = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex')

/** Signs a request in its header as AWS's own library does, then lets `alter` change it before it is sent. */
export async function sendSigned(
  endpoint: string,
  credentials: Credentials,
  sent: Sent,
  options: { signedAt?: Date; service?: string; region?: string; alter?: (signed: Sent) => Sent; agent?: Agent } = {},
): Promise<RawAnswer> {
  const url = new URL(endpoint)
  const [path = '/', query = ''] = sent.path.split(/\?(.*)/s, 2)
  const { headers } = await signerOf(credentials, options.service, options.region).sign(
    new HttpRequest({
      method: sent.method,
      hostname: url.hostname,
      path,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers: {
        host: url.host,
        'content-length': String(Buffer.byteLength(sent.body ?? '')),
        'x-amz-content-sha256': sha256Hex(sent.body ?? ''),
        ...sent.headers,
      },
    }),
    options.signedAt === undefined ? {} : { signingDate: options.signedAt },
  )
  const signed = { ...sent, headers }
  return sendRaw(endpoint, options.alter?.(signed) ?? signed, options.agent)
}

/** A presigned URL's path and query. */
export async function presign(
  endpoint: string,
  credentials: Credentials,
  { method, path, headers = {} }: Sent,
  options: { signedAt?: Date; expiresIn?: number } = {},
): Promise<string> {
  const url = new URL(endpoint)
  const presigned = await signerOf(credentials).presign(
    new HttpRequest({
      method,
      hostname: url.hostname,
      path,
      headers: { host: url.host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', ...headers },
    }),
    {
      expiresIn: options.expiresIn ?? 900,
      unhoistableHeaders: new Set(Object.keys(headers)),
      ...(options.signedAt === undefined ? {} : { signingDate: options.signedAt }),
    },
  )
  const query = Object.entries(presigned.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  )
  return `${presigned.path}?${query.join('&')}`
}
