import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Authority, LongTermKeys } from './access/authenticate.ts'
import { corsHeaders, preflight } from './access/cors.ts'
import { openSessions } from './access/sessions.ts'
import { startPace } from './body/pace.ts'
import { serveFaults } from './faults/serve-faults.ts'
import { type Faults, noSwitchboard, openSwitchboard } from './faults/switchboard.ts'
import { serveS3 } from './serve-s3.ts'
import { openStore } from './store/store.ts'
import { readForm, serveSts } from './sts/serve-sts.ts'
import { answerRequest } from './wire/answer-request.ts'
import { parameter, type ReceivedRequest } from './wire/received-request.ts'

const region = 'us-east-1'
/** The keys of AWS's documentation: nobody's. */
const exampleUser: LongTermKeys = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
}

/** How to start an emulator; only the directory is needed. */
export type EmulatorOptions = {
  /** Holds everything: a later start on it goes on with the same objects, unfinished uploads and session tokens. */
  readonly directory: string
  /** Is made where it is not there yet; null, the default: none. */
  readonly bucket?: string | null
  /** 0, the default: chosen by the system. */
  readonly port?: number
  /** Of all request bodies together; null, the default: as fast as they come. */
  readonly bytesPerSecond?: number | null
  /** Keeps sizes, ETags and checksums but no bytes: a Get of such an object is answered with InvalidObjectState. */
  readonly discard?: boolean
  /** Bytes that each part but the last must have; default 5 MiB, as S3. */
  readonly minPartSize?: number
  /** Days of the bucket's lifecycle rule for unfinished uploads, default 7; null: no rule. */
  readonly abortAfterDays?: number | null
  /** The shortest session that STS gives, default 900 s; less is for tests of expiry. */
  readonly minSessionSeconds?: number
  /** The IAM user whose keys may do everything. */
  readonly user?: LongTermKeys
  /** Epoch milliseconds. */
  readonly now?: () => number
  /** Opens the switchboard of faults, in `Emulator.faults` and at an address of its own; default false. */
  readonly faults?: boolean
}

/** A running emulator and the keys of its user. */
export type Emulator = {
  /** Serves S3 (path style) and STS (POST to `/`), as MinIO does. */
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: typeof region
  /** Null unless asked for. */
  readonly faults: Faults | null
  /** The switchboard over HTTP (`faults/serve-faults.ts`); null unless asked for. */
  readonly faultsEndpoint: string | null
  /** Cuts all connections and ends when nothing is running any more. */
  close(): Promise<void>
}

/**
 * A small S3 and STS on loopback, for demos and tests. It verifies signatures, checksums, session policies and expiry as
 * AWS does, and bucket policies that deny; it asks for the rights that encryption needs but encrypts nothing, has no versions
 * and no ACLs, and refuses what asks for them. A record is renamed into place before its write is answered, so a killed process loses nothing acknowledged; it does not fsync.
 */
export async function startEmulator(
  options: EmulatorOptions & { readonly faults: true },
): Promise<Emulator & { readonly faults: Faults; readonly faultsEndpoint: string }>
export async function startEmulator(options: EmulatorOptions): Promise<Emulator>
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const { directory, user = exampleUser, minSessionSeconds = 900 } = options
  const realNow = options.now ?? Date.now
  mkdirSync(directory, { recursive: true })
  const stopping = new AbortController()
  const sealed = openSessions(directory)
  const { faults, switchboard, sessions } =
    options.faults === true
      ? openSwitchboard(sealed, realNow)
      : { faults: null, switchboard: noSwitchboard, sessions: sealed }
  const now = () => realNow() + switchboard.switches().clockOffset
  const authority: Authority = { user, sessions, region, now }
  const store = openStore(directory, options.discard ?? false)
  if (options.bucket && !store.buckets.has(options.bucket)) store.createBucket(options.bucket, now())
  const emulation = {
    store,
    region,
    minPartSize: options.minPartSize ?? 5 * 1024 * 1024,
    abortAfterDays: options.abortAfterDays === undefined ? 7 : options.abortAfterDays,
    now,
    switches: switchboard.switches,
  }
  const pace = startPace(options.bytesPerSecond ?? null, stopping.signal)
  const running = new Set<Promise<void>>()

  const server = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000 })
  const onRequest = (...[message, response]: Parameters<typeof answerRequest>) => {
    const serve = async (request: ReceivedRequest) => {
      const rules = store.buckets.get(/^\/([^/]+)/.exec(request.path)?.[1] ?? '')?.corsRules() ?? []
      if (request.method === 'OPTIONS') return preflight(rules, request)
      response.setHeaders(new Map(Object.entries(corsHeaders(rules, request))))
      return request.path === '/' && (request.method === 'POST' || parameter(request, 'Action') !== undefined)
        ? serveSts(request, await readForm(request), { authority, minSessionSeconds, switchboard })
        : serveS3(request, { authority, emulation, pace, switchboard })
    }
    const answered = answerRequest(message, response, serve, now).finally(() => running.delete(answered))
    running.add(answered)
  }
  server.on('request', onRequest)
  server.on('checkContinue', onRequest)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', () => resolve())
  })
  const faultsServer = faults === null ? null : await serveFaults(faults)
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...user,
    region,
    faults,
    faultsEndpoint: faultsServer?.endpoint ?? null,
    async close() {
      stopping.abort()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await Promise.all([closed, faultsServer?.close()])
      await Promise.all(running)
      await store.settled()
    },
  }
}
