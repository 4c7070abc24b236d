import { randomUUID } from 'node:crypto'
import {
  CreateBucketCommand,
  GetBucketCorsCommand,
  GetBucketLifecycleConfigurationCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3'
import { expect, inject, it, onTestFinished } from 'vitest'
import { check } from '../../src/broker/check/check.ts'
import type { Finding } from '../../src/broker/check/finding.ts'
import { brokerConfigSchema } from '../../src/broker/config/config.ts'
import { ownerOf } from '../contract/store-under-test.ts'
import { configFor } from '../integration/broker/running-broker.ts'

const store = inject('store')

it('finds in Ceph what is missing, sets it, and sees a session kept to its prefix', async () => {
  const owner = ownerOf(store)
  onTestFinished(() => owner.destroy())
  const bucket = `checked-${randomUUID()}`
  await owner.send(new CreateBucketCommand({ Bucket: bucket }))
  const config = configFor(store)
  const settings = brokerConfigSchema.parse({
    ...config,
    store: { ...config.store, bucket },
    sts: { endpoint: store.endpoint, roleArn: store.roleArn ?? '' },
    publicUrl: 'https://send.example',
    purposes: [
      { name: 'drop', label: 'Drop' },
      { name: 'guests', label: 'Guests', kind: 'single_request', invitations: true },
    ],
  })
  const checked = async (options: { fix?: boolean; aws?: boolean } = {}) => {
    const lines: string[] = []
    const write = (line: string) => void lines.push(line)
    await check(settings, { fix: false, aws: false, json: true, write, ...options })
    return JSON.parse(lines.join('')).findings as readonly Finding[]
  }
  const wrong = (findings: readonly Finding[]) =>
    findings.filter(({ state }) => state === 'wrong').map((finding) => finding.check)

  // Ceph 16 lets CompleteMultipartUpload write on a taken key.
  const lacking = 'a taken key of purpose drop stays as it is (If-None-Match)'
  expect(wrong(await checked({ aws: true }))).toEqual([
    `lifecycle rule of ${bucket}`,
    `CORS of ${bucket}`,
    `public access to ${bucket}`,
    lacking,
  ])
  expect(wrong(await checked({ fix: true }))).toEqual([`public access to ${bucket}`])
  const again = await checked({ fix: true })
  expect(again.filter(({ changed }) => changed !== undefined)).toEqual([])
  expect(again.find((finding) => finding.check === 'limits of purpose drop')).toMatchObject({ state: 'ok' })
  const { Rules } = await owner.send(new GetBucketLifecycleConfigurationCommand({ Bucket: bucket }))
  expect(Rules).toHaveLength(1)
  const { CORSRules } = await owner.send(new GetBucketCorsCommand({ Bucket: bucket }))
  expect(CORSRules).toMatchObject([{ AllowedOrigins: ['https://send.example'] }])
  expect((await owner.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0)
})
