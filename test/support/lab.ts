import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import type { BrokerConfig } from '../../src/broker/config/config.ts'
import { startBroker } from '../../src/broker/start-broker.ts'
import type { Served } from '../../src/emulator/faults/served-log.ts'
import type { Faults } from '../../src/emulator/faults/switchboard.ts'
import { type EmulatorOptions, startEmulator } from '../../src/emulator/start-emulator.ts'
import { openDatabase } from '../../src/main/engine/db/database.ts'
import { createSettings } from '../../src/main/engine/db/settings.ts'
import type { TransferView } from '../../src/shared/transfer.ts'
import { type ListedObject, objectsOf, uploadsOf } from './bucket-contents.ts'
import type { Keychain } from './engine-control.ts'
import { type EngineProcess, type EngineProcessOptions, startEngineProcess } from './engine-process.ts'
import { type LocalEngine, type LocalEngineOptions, openLocalEngine } from './local-engine.ts'
import { type Network, startNetwork } from './network.ts'
import { onPortGivenBack } from './on-port-given-back.ts'
import { startTlsNetwork } from './tls-network.ts'
import { value } from './value.ts'

const bucket = 'lab'
const folderPrefix = join(tmpdir(), 'longshore-test-')

/** Fewer than a file of a few parts has, so that a test can meet it half-way. */
const fewSlots = 2

type LabOptions = {
  readonly emulator?: Omit<EmulatorOptions, 'directory' | 'faults' | 'now'>
  readonly broker?: Partial<BrokerConfig>
  /** The clock of the store and the broker, and of no engine. */
  readonly now?: () => number
  /** Opens the store's switchboard: `lab.faults`. */
  readonly faults?: boolean
  /** Puts a network between the engines and the store, with TLS or without: `lab.network`. */
  readonly network?: 'tcp' | 'tls'
  /** Puts a network between the engines and the broker: `lab.brokerNetwork`. */
  readonly brokerNetwork?: boolean
  /** Puts something else between the engines and the store; gets the store's address and gives its own. */
  readonly between?: (endpoint: string) => Promise<string>
  /** Puts something else between the engines and the broker, in the same way. */
  readonly betweenBroker?: (url: string) => Promise<string>
}

/** What a profile keeps, for its next engines too. */
type KeptOptions = {
  /** Parts on the wire at once. */
  readonly slots?: number
  /** In bytes; the store must take parts so small (`emulator: { minPartSize }`). A file of one part goes by one PutObject. */
  readonly partSize?: number
}

/** A real store, a real broker before it, and folders for files and profiles; `close` removes everything. */
export type Lab = AsyncDisposable & {
  readonly folder: string
  /** As the engines reach it. */
  readonly brokerUrl: string
  readonly token: string
  readonly otherToken: string
  readonly bucket: string
  /** With the owner's own keys. */
  readonly s3: S3Client
  /** These four throw unless the lab was started with them. */
  readonly faults: Faults
  readonly network: Network
  readonly brokerNetwork: Network
  /** The file of the authority that a network with TLS is certified by; an engine's NODE_EXTRA_CA_CERTS. */
  readonly authority: string
  /** The bytes of the object that a transfer's view names. */
  object(view: Pick<TransferView, 'key'>): Promise<Buffer>
  objects(): Promise<readonly ListedObject[]>
  /** Multipart uploads that are not finished. */
  uploads(): ReturnType<typeof uploadsOf>
  /** What the store served since the lab was started, also before it was restarted. */
  served(): readonly Served[]
  /** Stops the store, lets `change` work on its folder, and starts it where it was; its switchboard begins anew. */
  restartStore(change: (folder: string) => Promise<void>): Promise<void>
  stopBroker(): Promise<void>
  /** Starts the broker again where it was, with what is to be another way from now on. */
  startBroker(changes?: Partial<BrokerConfig>): Promise<void>
  /** An engine in this process on a profile of its own, or on one that is there; closed with the lab. */
  engine(profile?: string, options?: LocalEngineOptions): LocalEngine
  /** An engine in a process of its own; killed with the lab. */
  engineProcess(profile?: string, options?: EngineProcessOptions & KeptOptions): Promise<EngineProcess>
  close(): Promise<void>
}

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const opened = new AsyncDisposableStack()
  const opening = <Thing extends { close(): Promise<void> }>(thing: Thing): Thing => {
    opened.defer(() => thing.close())
    return thing
  }
  const folder = await mkdtemp(folderPrefix)
  opened.defer(() => rm(folder, { recursive: true, force: true }))
  const { now = Date.now, faults: withFaults = false } = options
  const directory = join(folder, 'store')
  const startStore = (port = 0) => startEmulator({ ...options.emulator, now, faults: withFaults, directory, port })
  let emulator = await startStore()
  let servedBefore: readonly Served[] = []
  opened.defer(() => emulator.close())
  const { endpoint, region, accessKeyId, secretAccessKey } = emulator
  const s3 = new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } })
  opened.defer(() => s3.destroy())
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))

  const witnessed = (await options.between?.(endpoint)) ?? endpoint
  const tls = options.network === 'tls' ? opening(await startTlsNetwork(witnessed, folder)) : undefined
  const network = options.network === 'tcp' ? opening(await startNetwork(witnessed)) : tls

  const [token, otherToken] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')]
  const config: BrokerConfig = {
    name: 'Lab',
    port: 0,
    signingSecret: randomBytes(32).toString('hex'),
    tokens: [
      { token, subject: 'one', label: 'Person one' },
      { token: otherToken, subject: 'two', label: 'Person two' },
    ],
    store: { bucket, region, endpoint, addressing: 'path', publicEndpoint: network?.endpoint ?? witnessed },
    sts: { endpoint },
    awsCredentials: { accessKeyId, secretAccessKey },
    purposes: [
      { name: 'drop', label: 'Drop' },
      {
        name: 'folders',
        label: 'Folders',
        keyTemplate: { prefix: 'folders/{userHash}/{folderHash}/', suffix: '{path}' },
      },
    ],
    logLevel: 'silent',
    ...options.broker,
  }
  let broker = await startBroker(config, { now })
  opened.defer(() => broker.close())
  const { port } = new URL(broker.url)
  const witnessedBroker = (await options.betweenBroker?.(broker.url)) ?? broker.url
  const brokerNetwork = options.brokerNetwork ? opening(await startNetwork(witnessedBroker)) : undefined

  const newProfile = () => join(folder, `profile-${randomBytes(4).toString('hex')}.db`)
  const keychains = new Map<string, Keychain>()
  const keychainOf = (profile: string) => {
    const keychain = keychains.get(profile) ?? { session: null }
    keychains.set(profile, keychain)
    return keychain
  }

  const lab: Lab = {
    folder,
    brokerUrl: brokerNetwork?.endpoint ?? witnessedBroker,
    token,
    otherToken,
    bucket,
    s3,
    get faults() {
      return asked(emulator.faults)
    },
    get network() {
      return asked(network)
    },
    get brokerNetwork() {
      return asked(brokerNetwork)
    },
    get authority() {
      return asked(tls).authority
    },
    objects: () => objectsOf(lab),
    uploads: () => uploadsOf(lab),
    async object({ key }) {
      const answer = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key ?? '' }))
      return Buffer.from((await answer.Body?.transformToByteArray()) ?? [])
    },
    served: () => [...servedBefore, ...lab.faults.served()],
    async restartStore(change) {
      await emulator.close()
      servedBefore = [...servedBefore, ...(emulator.faults?.served() ?? [])]
      await change(directory)
      emulator = await startStore(Number(new URL(endpoint).port))
    },
    stopBroker: () => broker.close(),
    async startBroker(changes = {}) {
      broker = await onPortGivenBack(() => startBroker({ ...config, port: Number(port), ...changes }, { now }))
    },
    engine(profile = newProfile(), given = {}) {
      setSlots(profile, fewSlots)
      const engine = openLocalEngine(lab, profile, keychainOf(profile), given)
      opened.defer(() => engine.stop())
      return engine
    },
    async engineProcess(profile = newProfile(), { slots, partSize, ...given } = {}) {
      if (slots !== undefined || !existsSync(profile)) setSlots(profile, slots ?? fewSlots)
      if (partSize !== undefined) setPartSize(profile, partSize)
      const engine = await startEngineProcess(lab, profile, keychainOf(profile), given)
      opened.defer(() => engine.kill())
      return engine
    },
    close: () => opened.disposeAsync(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
  return lab
}

function asked<Thing>(thing: Thing | null | undefined): Thing {
  if (thing == null) throw new Error('the lab was started without it')
  return thing
}

/** Lets each file from now on go in parts of so many bytes. Throws while an engine has the profile open. */
function setPartSize(profile: string, bytes: number): void {
  const database = value(openDatabase(profile))
  for (const [name, change] of Object.entries({ added: 'INSERT', found: 'UPDATE OF part_size' })) {
    database.exec(`
      DROP TRIGGER IF EXISTS set_part_size_of_${name};
      CREATE TRIGGER set_part_size_of_${name} AFTER ${change} ON transfers BEGIN
        UPDATE transfers SET part_size = ${bytes} WHERE id = NEW.id;
      END`)
  }
  database.close()
}

/** Sets how many parts at once an engine on this profile sends. Throws while an engine has it open. */
function setSlots(profile: string, slots: number): void {
  const database = value(openDatabase(profile))
  createSettings(database).set('slots', slots)
  database.close()
}
