import { randomUUID } from 'node:crypto'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import { inject, onTestFinished } from 'vitest'
import { assumedRole } from '../../src/broker/kinds/assumed-role.ts'
import { federation } from '../../src/broker/kinds/federation.ts'
import type { CredentialSource, StoreCredentials } from '../../src/main/engine/s3/aws-client.ts'
import type { Capabilities, Capability } from '../../src/main/engine/s3/capabilities.ts'
import { createConnections } from '../../src/main/engine/s3/connections.ts'
import type { Body, ObjectFacts } from '../../src/main/engine/s3/object-store.ts'
import { storeFor } from '../../src/main/engine/s3/store-for.ts'
import { crc32Of } from '../../src/main/engine/transfers/crc32.ts'
import { ok } from '../../src/shared/failure.ts'
import { value } from '../support/value.ts'
import { differences } from './differences.ts'
import { bucket, ownerOf } from './store-under-test.ts'

/** Longer than any test. */
const usualSeconds = 900

/** What one test needs of the store: a prefix of its own, sessions for it as the broker issues them, and our port. */
export function openScene() {
  const under = inject('store')
  const { endpoint, region, accessKeyId, secretAccessKey, roleArn } = under
  const prefix = `${randomUUID()}/`
  const s3 = ownerOf(under)
  const sts = new STSClient({ endpoint, region, credentials: { accessKeyId, secretAccessKey } })
  const connections = createConnections()
  onTestFinished(() => {
    s3.destroy()
    sts.destroy()
    connections.cut()
  })
  const learned = new Map<Capability, boolean>()
  const capabilities: Capabilities = {
    known: (capability) => learned.get(capability) ?? null,
    learned: (capability, supported) => void learned.set(capability, supported),
  }

  /** New credentials for the test's prefix. */
  async function session(seconds = usualSeconds): Promise<StoreCredentials> {
    const sessions = { sts, sessionSeconds: seconds, now: Date.now }
    const kind = roleArn === null ? federation(sessions) : assumedRole(roleArn, sessions)
    const { expiration: _, ...keys } = value(await kind.issue({ subject: 'person', bucket, prefix }))
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
    return storeFor(
      { kind, bucket, prefix, region, endpoint, addressing: 'path' },
      { credentials, connections, capabilities, left: new AbortController().signal, onAnswer: () => {} },
    )
  }

  return {
    /** What this store does in its own way. */
    own: differences[under.name],
    ...{ prefix, roleArn, s3, sts, learned, session, s3As, storeWith },
    /** Our port with a session of its own. */
    async store() {
      const current = ok(await session())
      return storeWith({ current: async () => current, renew: async () => current })
    },
    facts: (name: string): ObjectFacts => ({
      key: `${prefix}${name}`,
      contentType: 'video/quicktime',
      metadata: { 'original-name': name },
    }),
    /** An object as its owner sees it. */
    async object(key: string) {
      const { Body, ContentLength, ContentType, Metadata } = await s3.send(
        new GetObjectCommand({ Bucket: bucket, Key: key }),
      )
      const bytes = Buffer.from((await Body?.transformToByteArray()) ?? [])
      return { bytes, size: ContentLength, contentType: ContentType, metadata: Metadata }
    },
  }
}

export type Scene = ReturnType<typeof openScene>

export const bodyOf = (bytes: Buffer, overrides: Partial<Body> = {}): Body => ({
  bytes,
  crc32: crc32Of(bytes),
  onSent: () => {},
  ...overrides,
})
