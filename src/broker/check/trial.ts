import type { S3Client } from '@aws-sdk/client-s3'
import type { GrantKindName } from '../../shared/broker-api.ts'
import type { ObjectOptions } from '../../shared/object-options.ts'
import { awsFailure } from '../aws-failure.ts'
import { objectHeaders } from '../kinds/signed/object-headers.ts'
import { type Finding, fine, reasonOf, unseen, wrong } from './finding.ts'

/** Somebody who tries what a grant's holder does, and whoever looks after it. */
export type Trial = {
  /** What sends bytes: with the credentials of a grant, or as whoever signs each request for it. */
  readonly writer: S3Client
  /** With the broker's own keys. */
  readonly broker: S3Client
  readonly bucket: string
  /** All that the writer may write below; the same at each trial, so that what is left is one small object. */
  readonly prefix: string
  readonly kind: GrantKindName
  readonly options: ObjectOptions
  readonly now: () => number
}

/** One thing that is tried. `needs`: the right without which it fails. */
export type Step = { readonly does: string; readonly needs: string; readonly run: () => Promise<unknown> }

/** Tries one after the other, up to the first that fails. */
export const allowed = async (check: string, steps: readonly Step[]): Promise<Finding> => {
  for (const { does, needs, run } of steps) {
    try {
      await run()
    } catch (error) {
      return wrong(
        check,
        `${does} is refused (${reasonOf(error)})`,
        `allow ${needs}; see what denies it in policies of bucket, role and key`,
      )
    }
  }
  return fine(check, steps.map(({ does }) => does).join(', '))
}

/** Tries all; each must be refused. */
export const denied = async (check: string, steps: readonly Step[]): Promise<Finding> => {
  const outcomes = await Promise.all(steps.map(async (step) => ({ ...step, status: await statusOf(step) })))
  const namesOf = (found: typeof outcomes) => found.map(({ does }) => does).join(', ')
  const open = outcomes.filter(({ status }) => status !== null && status < 300)
  if (open.length > 0) {
    const advice = 'hand out nothing until it is: the store does not keep to the session policy'
    return wrong(check, `not refused: ${namesOf(open)}`, advice)
  }
  const unclear = outcomes.filter(({ status }) => status !== 403)
  return unclear.length === 0
    ? fine(check, `refused: ${namesOf(outcomes)}`)
    : unseen(
        check,
        `neither refused nor allowed: ${namesOf(unclear)}`,
        'see whether the store can be reached, and ask again',
      )
}

const statusOf = async ({ run }: Step): Promise<number | null> => {
  try {
    await run()
    return 200
  } catch (error) {
    return awsFailure('', error).status
  }
}

/** The headers of a small object, with the options of the purpose; `locked`: with those that keep it, too. */
export const headersOf = ({ options, now }: Trial, locked: boolean) => {
  const { objectLock: _, legalHold: __, ...passing } = options
  const facts = { contentType: 'text/plain', metadata: {} }
  return objectHeaders(facts, locked ? options : passing, now())
}

/** A conditional write that finds its key taken was allowed. */
export const orTaken = async (write: Promise<unknown>): Promise<unknown> => {
  try {
    return await write
  } catch (error) {
    if (awsFailure('', error).status === 412) return null
    throw error
  }
}
