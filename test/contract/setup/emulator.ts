import { CreateBucketCommand } from '@aws-sdk/client-s3'
import type { TestProject } from 'vitest/node'
import { temporaryFolder } from '../../../scripts/temporary-folder.ts'
import { startEmulator } from '../../../src/emulator/start-emulator.ts'
import { bucket, ownerOf } from '../store-under-test.ts'

/** One emulator for all test files of a run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await temporaryFolder('contract')
  const emulator = await startEmulator({ directory: folder.path, minSessionSeconds: 1 })
  const { endpoint, region, accessKeyId, secretAccessKey } = emulator
  const store = { name: 'emulator', endpoint, region, accessKeyId, secretAccessKey, roleArn: null } as const
  const s3 = ownerOf(store)
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  s3.destroy()
  project.provide('store', store)
  return async () => {
    await emulator.close()
    folder.remove()
  }
}
