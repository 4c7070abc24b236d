import { decodeProtectedHeader } from 'jose'
import { receiptType } from '../../shared/broker-receipts.ts'
import { ok, type Result } from '../../shared/failure.ts'
import type { Grants } from '../grants/grants.ts'
import type { Caller } from '../people/caller.ts'
import type { DenyList } from '../people/deny-list.ts'
import type { Place } from '../policy/arn.ts'
import { isKeyUnder } from '../policy/keys.ts'
import type { Refusal } from '../problem.ts'
import type { Receipts } from './receipts.ts'

/** That an object is the caller's. `prefix`: all of whose objects are; null where it is known of this one only. */
export type Proven = Place & { readonly grantId: string; readonly prefix: string | null }

type Knowledge = {
  readonly grants: Grants
  readonly receipts: Receipts
  readonly denyList: Pick<DenyList, 'hasGrant'>
}

/** What a grant or a receipt proves of a key; `not_yours` where it is somebody else's, `invalid_request` of another key. */
export const prove = async (
  caller: Caller,
  { key, proof }: { readonly key: string; readonly proof: string },
  { grants, receipts, denyList }: Knowledge,
): Promise<Result<Proven, Refusal>> => {
  if (isReceipt(proof)) {
    const opened = await receipts.open(proof)
    if (!opened.ok) return opened
    const { sub, grantId, bucket, region } = opened.value
    if (sub !== caller.subject) return { ok: false, failure: { code: 'not_yours' } }
    if (denyList.hasGrant(grantId)) return { ok: false, failure: { code: 'revoked' } }
    return key === opened.value.key ? ok({ grantId, bucket, region, prefix: null }) : anotherKey('the receipt')
  }
  const opened = await grants.open(caller, proof)
  if (!opened.ok) return opened
  const { id, bucket, region, prefix } = opened.value
  return isKeyUnder(prefix, key) ? ok({ grantId: id, bucket, region, prefix }) : anotherKey('the grant')
}

const isReceipt = (proof: string): boolean => {
  try {
    return decodeProtectedHeader(proof).typ === receiptType
  } catch {
    return false
  }
}

const anotherKey = (proof: string): Result<never, Refusal> => ({
  ok: false,
  failure: { code: 'invalid_request', errors: [{ path: '/key', message: `is no key of ${proof}` }] },
})
