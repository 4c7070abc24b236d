import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { STSClient } from '@aws-sdk/client-sts'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../../src/emulator/start-emulator.ts'

export const bucket = 'test-bucket'

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string }

/** A folder of its own under the system's temporary one, gone when the test is over. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'longshore-test-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** An emulator on a port and in a folder of its own, with one bucket and a client of its user. */
export async function startTestEmulator(options: Partial<EmulatorOptions> = {}) {
  const folder = await temporaryFolder()
  const emulator = await startEmulator({ directory: folder.path, ...options })
  const clients: { destroy(): void }[] = []
  const configuration = (credentials: Credentials) => ({
    endpoint: emulator.endpoint,
    region: emulator.region,
    credentials,
    maxAttempts: 1,
  })
  const s3As = (credentials: Credentials, overrides: object = {}): S3Client => {
    const client = new S3Client({ ...configuration(credentials), forcePathStyle: true, ...overrides })
    clients.push(client)
    return client
  }
  const stsAs = (credentials: Credentials): STSClient => {
    const client = new STSClient(configuration(credentials))
    clients.push(client)
    return client
  }
  const s3 = s3As(emulator)
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  return {
    emulator,
    directory: folder.path,
    s3,
    s3As,
    stsAs,
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.destroy()
      await emulator.close()
      await folder[Symbol.asyncDispose]()
    },
  }
}

export const userOf = ({ accessKeyId, secretAccessKey }: Emulator): Credentials => ({ accessKeyId, secretAccessKey })

/** What S3 said instead: code and status of the rejection. */
export async function refusalOf(work: Promise<unknown>): Promise<{ code: string; status: number }> {
  const answer = await work.then(
    () => null,
    (error: { name: string; $metadata?: { httpStatusCode?: number } }) => error,
  )
  if (answer === null) throw new Error('It was not refused')
  return { code: answer.name, status: answer.$metadata?.httpStatusCode ?? 0 }
}
