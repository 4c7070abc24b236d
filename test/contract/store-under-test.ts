import { S3Client } from '@aws-sdk/client-s3'

/** The store that a run of the contract is about. A global set-up starts it and provides this to the test files. */
export type StoreUnderTest = {
  readonly name: 'emulator' | 'ceph'
  /** Of S3 (path style) and STS. */
  readonly endpoint: string
  readonly region: 'us-east-1'
  /** The owner's. */
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Whose sessions are used; null: federation tokens. */
  readonly roleArn: string | null
}

declare module 'vitest' {
  interface ProvidedContext {
    store: StoreUnderTest
  }
}

/** Unfinished uploads in it are taken away after 7 days. */
export const bucket = 'contract'

/** S3 with the owner's keys. */
export const ownerOf = ({ endpoint, region, accessKeyId, secretAccessKey }: StoreUnderTest): S3Client =>
  new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } })
