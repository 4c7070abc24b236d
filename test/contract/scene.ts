import { randomUUID } from 'node:crypto'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import { inject, onTestFinished } from 'vitest'
import { createSessionKinds } from '../../src/broker/kinds/create-session-kinds.ts'
import { startBroker } from '../../src/broker/start-broker.ts'
import { createBrokerClient } from '../../src/main/engine/broker/broker-client.ts'
import { openStoreWith } from '../../src/main/engine/open-store.ts'
import type { CredentialSource, StoreCredentials, StoreTools } from '../../src/main/engine/s3/aws-client.ts'
import { createAwsObjectStore } from '../../src/main/engine/s3/aws-object-store.ts'
import type { Capabilities, Capability } from '../../src/main/engine/s3/capabilities.ts'
import { createConnections } from '../../src/main/engine/s3/connections.ts'
import type { Body, ObjectFacts } from '../../src/main/engine/s3/object-store.ts'
import { crc32Of } from '../../src/main/engine/transfers/crc32.ts'
import { ok } from '../../src/shared/failure.ts'
import type { ObjectOptions } from '../../src/shared/object-options.ts'
import { value } from '../support/value.ts'
import { type KindUnderTest, waysOf } from './differences.ts'
import { bucket, ownerOf } from './store-under-test.ts'

/** Longer than any test. */
const usualSeconds = 900

/** What the tests of all kinds need of the store: the owner's view of it, and what our port works with. */
function openGround(kind: KindUnderTest) {
  const under = inject('store')
  const s3 = ownerOf(under)
  const connections = createConnections()
  onTestFinished(() => {
    s3.destroy()
    connections.cut()
  })
  const learned = new Map<Capability, boolean>()
  const capabilities: Capabilities = {
    known: (capability) => learned.get(capability) ?? null,
    learned: (capability, supported) => void learned.set(capability, supported),
  }
  const left = new AbortController().signal
  const tools: StoreTools = { now: Date.now, connections, capabilities, left, onAnswer: () => {} }
  /** An object as its owner sees it. */
  async function object(key: string) {
    const { Body, ContentLength, ContentType, Metadata } = await s3.send(
      new GetObjectCommand({ Bucket: bucket, Key: key }),
    )
    const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
    return { bytes, size: ContentLength, contentType: ContentType, metadata: Metadata }
  }
  return { under, s3, learned, tools, object, own: waysOf(under.name, kind) }
}

const factsUnder =
  (prefix: string) =>
  (name: string): ObjectFacts => ({
    key: `${prefix}${name}`,
    contentType: 'video/quicktime',
    metadata: { 'original-name': name },
  })

/**
 * What one test needs of the store: a prefix of its own, sessions for it as the broker issues them, and our port.
 * `options`: what the operator wants of objects.
 */
export function openScene(options: ObjectOptions = {}) {
  const { under, s3, learned, tools, object, own } = openGround('session')
  const { endpoint, region, accessKeyId, secretAccessKey, roleArn } = under
  const prefix = `${randomUUID()}/`
  const sts = new STSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  onTestFinished(() => sts.destroy())

  /** New credentials for the test's prefix. */
  async function session(seconds = usualSeconds): Promise<StoreCredentials> {
    const role = roleArn === null ? {} : { roleArn }
    const kinds = createSessionKinds({ sts: { endpoint, ...role }, sessionSeconds: seconds }, sts, Date.now)
    const kind = kinds.assumed_role ?? kinds.federation_token
    const scope = { subject: 'person', bucket, region, prefix, purpose: { options, conditions: {} } }
    const { credentials } = value(await kind.issue(scope))
    const { expiration: _, ...keys } = credentials
    return { ...keys, clockOffset: 0 }
  }

  /** S3 with some credentials, without our port. */
  function s3As({ clockOffset: _, ...credentials }: StoreCredentials): S3Client {
    const client = new S3Client({ endpoint, region, forcePathStyle: true, credentials, maxAttempts: 1 })
    onTestFinished(() => client.destroy())
    return client
  }

  function storeWith(credentials: CredentialSource) {
    const kind = roleArn === null ? 'federation_token' : 'assumed_role'
    return createAwsObjectStore(
      { kind, bucket, prefix, region, endpoint, addressing: 'path', accelerate: false, dualStack: false, options },
      tools,
      credentials,
    )
  }

  return {
    /** What this store does in its own way. */
    own,
    ...{ prefix, roleArn, s3, sts, learned, object, session, s3As, storeWith },
    /** Our port with a session of its own. */
    async store() {
      const current = ok(await session())
      return storeWith({ current: async () => current, renew: async () => current })
    },
    facts: factsUnder(prefix),
  }
}

export type Scene = ReturnType<typeof openScene>

export const bodyOf = (bytes: Buffer, overrides: Partial<Body> = {}): Body => ({
  bytes,
  crc32: crc32Of(bytes),
  onSent: () => {},
  ...overrides,
})

/** The same for a kind of permission, but for what only sessions have: by a broker before the store where it takes one. */
export async function openSceneOf(kind: KindUnderTest, options: ObjectOptions = {}) {
  if (kind === 'session') return openScene(options)
  const { under, s3, learned, tools, object, own } = openGround(kind)
  const { endpoint, region, accessKeyId, secretAccessKey } = under
  const token = randomUUID()
  const broker = await startBroker({
    port: 0,
    signingSecret: randomUUID(),
    tokens: [{ token, subject: 'person', label: 'Person' }],
    store: { bucket, region, endpoint, addressing: 'path' },
    sts: { endpoint },
    awsCredentials: { accessKeyId, secretAccessKey },
    purposes: [{ name: 'contract', label: 'Contract', options, ...purposes[kind] }],
    logLevel: 'silent',
  })
  onTestFinished(broker.close)
  const client = createBrokerClient(broker.url, { token, device: randomUUID() }, Date.now)
  const files = [{ id: randomUUID(), name: 'film.mov', size: 0 }]
  const answer = value(await client.grant({ purpose: 'contract', files }))
  const { grant, destination } = answer.value
  const store = openStoreWith(() => tools)(destination, answer, {
    renew: () => client.renew(grant),
    upload: (call, request) => client.upload(call, { ...request, grant }),
  })
  return { own, s3, learned, object, facts: factsUnder(destination.prefix), store: async () => store.store }
}

const purposes = {
  presigned_multipart: { kind: 'presigned_multipart' },
  single_put: { kind: 'single_request', method: 'put' },
  single_post: { kind: 'single_request', method: 'post' },
} as const
