import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { BrokerConfig } from '../../src/broker/config.ts'
import { startBroker } from '../../src/broker/start-broker.ts'
import { type EmulatorOptions, startEmulator } from '../../src/emulator/start-emulator.ts'
import { announcementsTo } from '../../src/main/engine/announcements.ts'
import { openDatabase } from '../../src/main/engine/db/database.ts'
import { createSettings } from '../../src/main/engine/db/settings.ts'
import { createEngine, type Engine } from '../../src/main/engine/engine.ts'
import type { Result } from '../../src/shared/failure.ts'
import type { StoredSession } from '../../src/shared/session.ts'
import type { AddSummary, QueueStatus, TransferView } from '../../src/shared/transfer.ts'

const bucket = 'lab'
const folderPrefix = join(tmpdir(), 'longshore-test-')

type LabOptions = {
  readonly emulator?: Omit<EmulatorOptions, 'directory'>
  readonly broker?: Partial<BrokerConfig>
  /** Puts something between the engine and the store; gets the store's address and gives its own. */
  readonly between?: (endpoint: string) => Promise<string>
}

/** A real store, a real broker before it, and folders for files and profiles; `close` removes everything. */
export type Lab = {
  readonly folder: string
  readonly brokerUrl: string
  readonly token: string
  readonly otherToken: string
  readonly bucket: string
  /** With the owner's own keys. */
  readonly s3: S3Client
  /** The bytes of the object that a transfer's view names. */
  object(view: Pick<TransferView, 'key'>): Promise<Buffer>
  stopBroker(): Promise<void>
  /** Starts the broker again where it was. */
  startBroker(): Promise<void>
  /** An engine in this process on a profile of its own, or on one that is there; closed with the lab. */
  engine(profile?: string): LabEngine
}

export type LabEngine = {
  readonly profile: string
  readonly engine: Engine
  readonly kept: () => StoredSession | null
  signIn(token?: string): Promise<void>
  add(...paths: string[]): Promise<AddSummary>
  list(): Promise<readonly TransferView[]>
  status(): Promise<QueueStatus>
  /** Waits until the list and the queue are as asked, looking whenever the engine announces something. */
  until(isSo: (rows: readonly TransferView[], status: QueueStatus) => boolean): Promise<readonly TransferView[]>
  /** Waits until nothing is left that the engine would do by itself. */
  settled(): Promise<readonly TransferView[]>
  stop(): Promise<void>
}

export async function startLab({ emulator: emulatorOptions, broker: brokerOptions, between }: LabOptions = {}) {
  const opened = new AsyncDisposableStack()
  const folder = await mkdtemp(folderPrefix)
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const emulator = await startEmulator({ ...emulatorOptions, directory: join(folder, 'store') })
  opened.defer(() => emulator.close())
  const { endpoint, region, accessKeyId, secretAccessKey } = emulator
  const s3 = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } })
  opened.defer(() => s3.destroy())
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))

  const [token, otherToken] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  const config: BrokerConfig = {
    name: 'Lab',
    port: 0,
    signingSecret: randomBytes(32).toString('hex'),
    tokens: [
      { token, subject: 'one', label: 'Person one' },
      { token: otherToken, subject: 'two', label: 'Person two' },
    ],
    store: { bucket, region, endpoint, addressing: 'path', publicEndpoint: (await between?.(endpoint)) ?? endpoint },
    sts: { endpoint },
    awsCredentials: { accessKeyId, secretAccessKey },
    purposes: [{ name: 'drop', label: 'Drop' }],
    logLevel: 'silent',
    ...brokerOptions,
  }
  let broker = await startBroker(config)
  opened.defer(() => broker.close())
  const brokerUrl = broker.url

  const lab: Lab = {
    folder,
    brokerUrl,
    token,
    otherToken,
    bucket,
    s3,
    async object({ key }) {
      const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key ?? '' }))
      return Buffer.from((await answer.Body?.transformToByteArray()) ?? [])
    },
    stopBroker: () => broker.close(),
    async startBroker() {
      broker = await startBroker({ ...config, port: Number(new URL(brokerUrl).port) })
    },
    engine(profile = join(folder, `profile-${randomBytes(4).toString('hex')}.db`)) {
      const engine = openEngine(lab, profile)
      opened.defer(() => engine.stop())
      return engine
    },
  }
  return { ...lab, close: () => opened.disposeAsync() }
}

/** Fewer than a file of a few parts has, so that a test can meet it half-way. */
const slots = 2

function openEngine(lab: Lab, profile: string): LabEngine {
  const database = value(openDatabase(profile))
  createSettings(database).set('slots', slots)
  database.close()
  const listeners = new Set<() => void>()
  let kept: StoredSession | null = null
  let stopped: Promise<void> | null = null
  const fatal: unknown[] = []
  const engine = value(
    createEngine({
      databasePath: profile,
      now: Date.now,
      random: Math.random,
      announce: announcementsTo(() => {
        for (const listener of listeners) listener()
      }),
      keep: (session) => {
        kept = session
      },
      onFatal: (error) => {
        fatal.push(error)
        for (const listener of listeners) listener()
      },
    }),
  )
  const { transfers, queue, session } = engine.handlers
  const list = async () => value(await transfers.page({ filter: 'all', search: '', offset: 0, limit: 500 })).rows
  const status = async () => value(await queue.status())

  const until: LabEngine['until'] = (isSo) =>
    new Promise((resolve, reject) => {
      let looking = false
      let again = false
      const look = async () => {
        if (fatal.length > 0) throw fatal[0]
        const rows = await list()
        if (!isSo(rows, await status())) return
        listeners.delete(listener)
        resolve(rows)
      }
      const listener = () => {
        again = true
        if (looking) return
        looking = true
        void (async () => {
          while (again) {
            again = false
            await look()
          }
        })()
          .catch(reject)
          .finally(() => {
            looking = false
          })
      }
      listeners.add(listener)
      listener()
    })

  return {
    profile,
    engine,
    kept: () => kept,
    async signIn(token = lab.token) {
      value(await session.signIn({ brokerUrl: lab.brokerUrl, token }))
    },
    add: async (...paths) => value(await transfers.add({ purpose: 'drop', paths })),
    list,
    status,
    until,
    settled: () => until((_, { counts }) => counts.active + counts.waiting === 0),
    stop: () => {
      stopped ??= engine.stop()
      return stopped
    },
  }
}

/** The value of a result that a test expects to be good. */
export function value<Value, Problem>(result: Result<Value, Problem>): Value {
  if (!result.ok) throw new Error(`unexpected failure: ${JSON.stringify(result.failure)}`)
  return result.value
}
