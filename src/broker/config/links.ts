import { createPrivateKey } from 'node:crypto'
import { z } from 'zod'
import { endpointSchema } from './store.ts'

const lambdaArn = /^arn:aws[a-z-]*:s3-object-lambda:[a-z0-9-]+:\d{12}:accesspoint\/[a-z0-9-]{3,45}$/

/** Of CloudFront's signatures: RSA of 2,048 bits, or ECDSA on P-256. */
const isSigningKey = (pem: string): boolean => {
  try {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem)
    return asymmetricKeyType === 'ec'
      ? asymmetricKeyDetails?.namedCurve === 'prime256v1'
      : asymmetricKeyType === 'rsa' && asymmetricKeyDetails?.modulusLength === 2_048
  } catch {
    return false
  }
}

const isWithin = (url: string, domain: string): boolean => {
  if (!URL.canParse(url)) return false
  const { hostname } = new URL(url)
  return hostname === domain || hostname.endsWith(`.${domain}`)
}

const cloudFrontSchema = z
  .strictObject({
    /** Of the distribution whose origin is the bucket. */
    url: endpointSchema.refine((url) => !/[?#*]/.test(url), 'must have no query and no wildcard'),
    keyPairId: z.string().min(1),
    /** PEM. */
    privateKey: z.string().refine(isSigningKey, 'must be a private key in PEM, RSA of 2048 bits or ECDSA P-256'),
    /** Where cookies are good; the distribution's own host name where it is left out. */
    cookieDomain: z.string().optional(),
  })
  .refine(({ url, cookieDomain }) => cookieDomain === undefined || isWithin(url, cookieDomain), {
    path: ['cookieDomain'],
    message: 'must be the domain of url, or one above it',
  })
export type CloudFrontSettings = z.output<typeof cloudFrontSchema>

/** How links are made: by the store's own address, unless one of these is given. */
export const linksSchema = z
  .strictObject({
    /** Seconds of the longest link; the credentials that sign it may end it sooner. */
    mostSeconds: z.int().min(1).max(604_800).default(3_600),
    /** An Object Lambda access point, through which objects are read. */
    objectLambda: z.string().regex(lambdaArn, 'must be the ARN of an Object Lambda access point').optional(),
    cloudFront: cloudFrontSchema.optional(),
  })
  .refine(({ objectLambda, cloudFront }) => objectLambda === undefined || cloudFront === undefined, {
    path: ['objectLambda'],
    message: 'cannot be used together with cloudFront',
  })
