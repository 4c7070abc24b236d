import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { inject } from 'vitest'
import { startPartWitness } from '../../scripts/part-witness.ts'
import type { BrokerConfig } from '../../src/broker/config/config.ts'
import { openDatabase } from '../../src/main/engine/db/database.ts'
import { createSettings } from '../../src/main/engine/db/settings.ts'
import { ownerOf } from '../contract/store-under-test.ts'
import { configFor, runningBroker } from '../integration/broker/running-broker.ts'
import { temporaryFolder } from '../integration/emulator/test-emulator.ts'
import { startHeadless } from '../support/headless.ts'
import { startNetwork } from '../support/network.ts'
import { value } from '../support/value.ts'

/** A bucket of its own in Ceph, a broker that gives sessions of Ceph's role, and engines that reach Ceph by a slow network. */
export async function openEngineScene({
  bytesPerSecond,
  slots,
  broker: overrides = {},
}: {
  readonly bytesPerSecond: number
  /** Parts that are sent at once. */
  readonly slots: number
  readonly broker?: Partial<BrokerConfig>
}) {
  const store = inject('store')
  await using opened = new AsyncDisposableStack()
  const folder = opened.use(await temporaryFolder())
  const s3 = opened.adopt(ownerOf(store), (client) => client.destroy())
  const bucket = `engine-${randomUUID()}`
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const witness = opened.adopt(await startPartWitness(store.endpoint), ({ close }) => close())
  const network = opened.adopt(await startNetwork(witness.endpoint), ({ close }) => close())
  network.slow(bytesPerSecond)

  const { store: place, ...config } = configFor(store)
  const sts = { endpoint: store.endpoint, ...(store.roleArn !== null && { roleArn: store.roleArn }) }
  const broker = opened.adopt(
    await runningBroker({
      ...config,
      store: { ...place, bucket, publicEndpoint: network.endpoint },
      sts,
      ...overrides,
    }),
    ({ close }) => close(),
  )
  const profile = join(folder.path, 'profile')
  await mkdir(profile)
  const database = value(openDatabase(join(profile, 'longshore.db')))
  createSettings(database).set('slots', slots)
  database.close()
  const person = { brokerUrl: broker.url, token: config.tokens?.[0]?.token ?? '' }
  const open = opened.move()
  return {
    ...{ folder: folder.path, s3, bucket },
    /** Parts that were sent, those of engines that are gone too. */
    parts: witness.parts,
    /** How often the broker was asked for new credentials. */
    renewals: () => broker.lines.filter((line) => line.includes('"event":"renewal"')).length,
    /** An engine that goes on with what is in the one profile, and with these paths; killed with the scene. */
    engine(paths: readonly string[] = []) {
      const engine = startHeadless(person, profile, paths)
      open.defer(engine.kill)
      return engine
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  }
}
