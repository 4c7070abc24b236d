import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import type { BrokerConfig } from '../src/broker/config/config.ts'
import { type PartWitness, type SeenPart, startPartWitness } from './part-witness.ts'
import { startServiceProcess } from './service-process.ts'
import { temporaryFolder } from './temporary-folder.ts'

type StoreReady = {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
  /** Of its switchboard; null unless started with `--faults`. */
  readonly faultsEndpoint: string | null
}

export type ServicesOptions = {
  /** Bytes a second that the store takes; default: as they come. */
  readonly rate?: number
  /** Further flags of the emulator. */
  readonly flags?: readonly string[]
  /** Clients reach the store itself: the witness sees nothing and costs nothing. */
  readonly direct?: boolean
  /** Hears of each piece of a part's body when the witness passes it on. */
  readonly onBytes?: (part: SeenPart, bytes: number) => void
}

export type Services = {
  readonly brokerUrl: string
  /** Signs in as the one person that the broker knows; a new one each time. */
  readonly token: string
  readonly bucket: string
  readonly store: StoreReady & { readonly pid: number }
  /** Looks at the store with the owner's own keys. */
  readonly s3: S3Client
  readonly witness: PartWitness
  /** Ends everything and removes its files. */
  readonly close: () => Promise<void>
}

const source = (path: string): string => join(import.meta.dirname, '..', 'src', path)
const bucket = 'longshore-demo'

/** Starts an S3 and STS (the emulator), a bucket in it, and a broker beside it, all on loopback. */
export async function startServices(options: ServicesOptions = {}): Promise<Services> {
  const { rate, flags = [], direct = false, onBytes } = options
  const { path: folder, remove } = await temporaryFolder('services')
  const opened = new AsyncDisposableStack()
  opened.defer(remove)
  try {
    const store = await startServiceProcess<StoreReady>(source('emulator/main.ts'), [
      '--port=0',
      `--dir=${join(folder, 'store')}`,
      ...(rate === undefined ? [] : [`--rate=${rate}`]),
      ...flags,
    ])
    opened.defer(store.end)
    const { endpoint, region, accessKeyId, secretAccessKey } = store.ready
    const s3 = new S3Client({ endpoint, region, credentials: { accessKeyId, secretAccessKey }, forcePathStyle: true })
    opened.defer(() => s3.destroy())
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    const witness = await startPartWitness(endpoint, onBytes)
    opened.defer(witness.close)

    const token = randomBytes(24).toString('base64url')
    const config: Omit<BrokerConfig, 'signingSecret'> = {
      name: 'Longshore demo',
      port: 0,
      tokens: [{ token, subject: 'demo', label: 'Demo' }],
      store: { bucket, region, endpoint, publicEndpoint: direct ? endpoint : witness.endpoint, addressing: 'path' },
      sts: { endpoint },
      awsCredentials: { accessKeyId, secretAccessKey },
      purposes: [
        { name: 'drop', label: 'Demo bucket' },
        {
          name: 'folders',
          label: 'Demo folders',
          keyTemplate: { prefix: 'folders/{userHash}/{folderHash}/', suffix: '{path}' },
        },
      ],
      logLevel: 'error',
    }
    const configFile = join(folder, 'broker.json')
    await writeFile(configFile, JSON.stringify(config), { mode: 0o600 })
    const broker = await startServiceProcess<{ readonly url: string }>(source('broker/main.ts'), [], {
      LONGSHORE_BROKER_CONFIG: configFile,
      LONGSHORE_SIGNING_SECRET: randomBytes(32).toString('base64url'),
    })
    opened.defer(broker.end)
    return {
      brokerUrl: broker.ready.url,
      token,
      bucket,
      store: { ...store.ready, pid: store.pid },
      s3,
      witness,
      close: () => opened.disposeAsync(),
    }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}
