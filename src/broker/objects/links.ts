import type { S3Client } from '@aws-sdk/client-s3'
import type { LinkRequest } from '../../shared/broker-links.ts'
import { ok, type Result } from '../../shared/failure.ts'
import { awsFailure } from '../aws-failure.ts'
import type { BrokerSettings } from '../config/config.ts'
import type { Grants } from '../grants/grants.ts'
import type { StoreClientsByRegion } from '../kinds/signed/store-clients.ts'
import type { Caller } from '../people/caller.ts'
import type { DenyList } from '../people/deny-list.ts'
import type { Refusal } from '../problem.ts'
import { cloudFrontCookies, cloudFrontLink } from './cloud-front-link.ts'
import { contentDisposition } from './content-disposition.ts'
import { assertBucketIsThere, findObject } from './find-object.ts'
import { multiRegionLink } from './multi-region-link.ts'
import { objectLambdaLink, presignedLink } from './presigned-link.ts'
import { type Proven, prove } from './proof.ts'
import type { Receipts } from './receipts.ts'
import type { SignedLink, SignLink } from './sign-link.ts'

/** Makes links to what the caller uploaded; each refusal is one of the API's codes. */
export type Links = (caller: Caller, request: LinkRequest) => Promise<Result<MadeLink, Refusal>>
type MadeLink = SignedLink & Pick<Proven, 'grantId' | 'bucket'>

type Collaborators = {
  readonly settings: BrokerSettings
  readonly denyList: Pick<DenyList, 'hasGrant'>
  readonly grants: Grants
  readonly receipts: Receipts
  readonly clients: StoreClientsByRegion
  readonly now: () => number
}

/** Without `links` in the configuration each is refused: `not_supported`. */
export const createLinks = ({ settings, denyList, grants, receipts, clients, now }: Collaborators): Links => {
  const { links } = settings
  if (links === undefined) return async () => notSupported
  const signLink = signLinkBy(settings, clients, now)

  const sign = async (
    request: LinkRequest,
    { bucket, region, prefix }: Proven,
  ): Promise<Result<SignedLink, Refusal>> => {
    const { key, method, fileName } = request
    const expiresIn = Math.min(request.expiresIn, links.mostSeconds)
    if (request.as === 'url') {
      const disposition = contentDisposition(request.disposition, fileName)
      return signLink({ bucket, region, key, method, disposition, expiresIn })
    }
    if (links.cloudFront === undefined) return notSupported
    if (prefix === null) return noPrefix
    return ok(cloudFrontCookies(links.cloudFront, { key, prefix, expiresIn }, now()))
  }

  return async (caller, request) => {
    const proven = await prove(caller, request, { grants, receipts, denyList })
    if (!proven.ok) return proven
    const { grantId, bucket, region } = proven.value
    const objection = await objectionTo(clients.of(region).usual, bucket, request.key)
    if (objection !== null) return { ok: false, failure: objection }
    const signed = await sign(request, proven.value)
    return signed.ok ? ok({ ...signed.value, grantId, bucket }) : signed
  }
}

const signLinkBy = ({ links, store }: BrokerSettings, clients: StoreClientsByRegion, now: () => number): SignLink => {
  const { signer } = clients.of(store.region)
  if (links?.cloudFront !== undefined) return cloudFrontLink(links.cloudFront, now)
  if (links?.objectLambda !== undefined) return objectLambdaLink(signer, links.objectLambda, now)
  if (store.multiRegion !== undefined) return multiRegionLink(signer, store.multiRegion.arn, now)
  return presignedLink((region) => clients.of(region).signer, now)
}

/** Null where the object is there. */
const objectionTo = async (s3: S3Client, bucket: string, key: string): Promise<Refusal | null> => {
  try {
    if ((await findObject(s3, bucket, key)) !== null) return null
    await assertBucketIsThere(s3, bucket, key)
    return { code: 'absent' }
  } catch (error) {
    return { code: 'unavailable', cause: awsFailure('HeadObject', error) }
  }
}

const notSupported = { ok: false, failure: { code: 'not_supported' } } as const
const noPrefix: Result<never, Refusal> = {
  ok: false,
  failure: {
    code: 'invalid_request',
    errors: [{ path: '/proof', message: 'must be a grant: cookies are for a prefix' }],
  },
}
