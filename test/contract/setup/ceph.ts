import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, PutBucketLifecycleConfigurationCommand } from '@aws-sdk/client-s3'
import type { TestProject } from 'vitest/node'
import { startCeph } from '../../support/ceph/start-ceph.ts'
import { bucket, ownerOf } from '../store-under-test.ts'

/** One Ceph for all test files of a run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const ceph = await startCeph({ folder: join(tmpdir(), `longshore-ceph-${randomUUID()}`) })
  const { endpoint, accessKeyId, secretAccessKey, roleArn } = ceph
  const store = { name: 'ceph', endpoint, region: 'us-east-1', accessKeyId, secretAccessKey, roleArn } as const
  const s3 = ownerOf(store)
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  const rule = { ID: 'unfinished', Status: 'Enabled', Filter: { Prefix: '' } } as const
  await s3.send(
    new PutBucketLifecycleConfigurationCommand({
      Bucket: bucket,
      LifecycleConfiguration: { Rules: [{ ...rule, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }] },
    }),
  )
  s3.destroy()
  project.provide('store', store)
  return ceph.close
}
