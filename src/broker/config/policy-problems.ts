import type { z } from 'zod'
import { carriesCredentials } from '../../shared/broker-kinds.ts'
import { kmsKeysArn, serviceOf } from '../policy/arn.ts'
import { samplePrefixOf } from '../policy/key-template.ts'
import { longestPolicy, type PolicyReader, policyText } from '../policy/session-policy.ts'
import type { purposeSchema } from './purpose.ts'
import { bucketOf, placesOf, type StoreSettings } from './store.ts'

type Purpose = z.output<typeof purposeSchema>
type Problem = { readonly path: readonly string[]; readonly message: string }

/** What Outposts do not have (S3 on Outposts user guide, "How is S3 on Outposts different from Amazon S3"). */
const notOnOutposts = ['objectLock', 'legalHold', 'createOnly'] as const

/** What of a purpose no permission at this store could say: found at the start, not at the first grant. */
export const policyProblems = (store: StoreSettings, reader: PolicyReader, purpose: Purpose): readonly Problem[] => {
  const { options, kind = 'federation_token' } = purpose
  const hasPolicy = carriesCredentials(kind)
  const keyId = options.encryption?.by === 'kms' ? options.encryption.keyId : null
  const bucket = bucketOf(store)
  const prefix = samplePrefixOf(purpose.keyTemplate)
  const longest = Math.max(...placesOf(store).map((place) => policyText(place, prefix, purpose, reader).length))
  return [
    ...(hasPolicy && reader.kms && kmsKeysArn(keyId, store.region) === undefined
      ? [
          {
            path: ['options', 'encryption', 'keyId'],
            message: 'must be the ARN or id of a key: policies know no aliases',
          },
        ]
      : []),
    ...(serviceOf(bucket) === 's3-outposts'
      ? notOnOutposts
          .filter((option) => options[option])
          .map((option) => ({ path: ['options', option], message: 'is not there on Outposts' }))
      : []),
    ...(serviceOf(bucket) === 's3-outposts' && options.encryption?.by === 'kms'
      ? [{ path: ['options', 'encryption', 'by'], message: 'must be s3 on Outposts' }]
      : []),
    ...(hasPolicy && longest > longestPolicy
      ? [{ path: [], message: `needs a session policy of ${longest} characters, STS takes ${longestPolicy}` }]
      : []),
  ]
}
