import { type GrantKindName, largestObject } from './broker-api.ts'
import { largestSingleRequest } from './broker-uploads.ts'

type Kind = {
  /** A grant carries credentials; else the broker signs each request. */
  readonly credentials: boolean
  /** An object can be sent in parts. */
  readonly multipart: boolean
  /** Bytes of the largest object. */
  readonly largest: number
}

/** What each kind of grant can do. */
export const kinds = {
  federation_token: { credentials: true, multipart: true, largest: largestObject },
  assumed_role: { credentials: true, multipart: true, largest: largestObject },
  single_request: { credentials: false, multipart: false, largest: largestSingleRequest },
  presigned_multipart: { credentials: false, multipart: true, largest: largestObject },
} as const satisfies Readonly<Record<GrantKindName, Kind>>

/** The kinds whose grants carry credentials. */
export type SessionKindName = {
  [Name in GrantKindName]: (typeof kinds)[Name]['credentials'] extends true ? Name : never
}[GrantKindName]

export const carriesCredentials = (kind: GrantKindName): kind is SessionKindName => kinds[kind].credentials
