import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { type Browser, test as base, chromium, type Page } from '@playwright/test'
import { temporaryFolder } from '../../scripts/temporary-folder.ts'
import { startBroker } from '../../src/broker/start-broker.ts'
import { startEmulator } from '../../src/emulator/start-emulator.ts'
import type { InviteRequest } from '../../src/shared/broker-invitations.ts'
import { inviteResponseSchema } from '../../src/shared/broker-invitations.ts'

export { expect } from '@playwright/test'

const bucket = 'uploads'
const token = 'token-of-ada'
/** Debian's, or the one that CHROMIUM names. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const startService = async (directory: string) => {
  const store = await startEmulator({ directory, faults: true })
  const s3 = new S3Client({ endpoint: store.endpoint, region: store.region, credentials: store, forcePathStyle: true })
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  let now = Date.now
  const log: string[] = []
  const broker = await startBroker(
    {
      name: 'Uploads of Example Ltd',
      port: 0,
      publicUrl: 'http://127.0.0.1:1',
      signingSecret: 'a secret of the tests, 32 bytes long',
      tokens: [{ token, subject: 'ada', label: 'Ada of Example Ltd' }],
      store: { bucket, region: store.region, endpoint: store.endpoint, addressing: 'path' },
      awsCredentials: { accessKeyId: store.accessKeyId, secretAccessKey: store.secretAccessKey },
      purposes: [
        { name: 'parts', label: 'Field recordings', kind: 'presigned_multipart', invitations: true },
        { name: 'form', label: 'Small files', kind: 'single_request', method: 'post', invitations: true },
        { name: 'put', label: 'Small files', kind: 'single_request', invitations: true },
      ],
    },
    { now: () => now(), log: { write: (line) => log.push(line) } },
  )
  const { origin } = new URL(broker.url)
  const rule = {
    AllowedOrigins: [origin],
    AllowedMethods: ['PUT', 'POST'],
    AllowedHeaders: ['*'],
    ExposeHeaders: ['ETag', 'x-amz-checksum-crc32'],
  }
  await s3.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration: { CORSRules: [rule] } }))
  const post = async (path: string, body: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return (await fetch(broker.url + path, { method: 'POST', headers, body: JSON.stringify(body) })).json()
  }
  return {
    store,
    log,
    /** The broker's time, and the store's, which signatures must agree with. */
    moveClock: (milliseconds: number) => {
      now = () => Date.now() + milliseconds
      store.faults.set({ clockOffset: milliseconds })
    },
    invite: async (request: Partial<InviteRequest> = {}) => {
      const asked = { purpose: 'parts', note: '', expiresIn: 86_400, maxBytes: 10 ** 9, maxFiles: 20, ...request }
      const invited = inviteResponseSchema.parse(await post('/v1/invitations', asked))
      return { ...invited, address: `${broker.url}/invite/${new URL(invited.link).hash}` }
    },
    revoke: (invitation: string) => post('/v1/invitations/revoke', { token: invitation }),
    /** The digests of what the bucket holds, by the end of each key. */
    objects: async (): Promise<Record<string, string>> => {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
      const read = Contents.map(async ({ Key = '' }) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }))
        return [
          Key.split('/').slice(3).join('/'),
          digestOf((await Body?.transformToByteArray()) ?? new Uint8Array()),
        ] as const
      })
      return Object.fromEntries(await Promise.all(read))
    },
    close: async () => {
      s3.destroy()
      await broker.close()
      await store.close()
    },
  }
}
export type Service = Awaited<ReturnType<typeof startService>>

type Fixtures = {
  folder: string
  service: Service
  /** A page of Chromium in a profile of its own; what it complains of fails the test. */
  guest: Page
  file: (name: string, size: number) => Promise<{ path: string; digest: string }>
}

/** A broker before a store, and a browser that comes by a link. */
export const test = base.extend<Fixtures, { chromium: Browser }>({
  chromium: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures off the parameter
    async ({}, use) => {
      const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] })
      await use(browser)
      await browser.close()
    },
    { scope: 'worker' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures off the parameter
  folder: async ({}, use) => {
    const folder = await temporaryFolder('invitation')
    await use(folder.path)
    folder.remove()
  },
  service: async ({ folder }, use) => {
    const service = await startService(join(folder, 'store'))
    await use(service)
    await service.close()
  },
  guest: async ({ chromium }, use) => {
    const context = await chromium.newContext({ locale: 'en-GB', timezoneId: 'UTC' })
    const page = await context.newPage()
    // Playwright keeps choosers from opening from now on; asked for only when one is awaited, that may come too late
    page.on('filechooser', () => {})
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(String(error)))
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) complaints.push(message.text())
    })
    await use(page)
    await context.close()
    base.expect(complaints).toEqual([])
  },
  file: async ({ folder }, use) => {
    await use(async (name, size) => {
      const path = join(folder, name)
      const bytes = randomBytes(size)
      await writeFile(path, bytes)
      return { path, digest: digestOf(bytes) }
    })
  },
})
