import {
  GetBucketLifecycleConfigurationCommand,
  type GetBucketLifecycleConfigurationOutput,
  type LifecycleRule,
  PutBucketLifecycleConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { awsFailure } from '../aws-failure.ts'
import { type Finding, fine, reasonOf, unseenFor, wrong } from './finding.ts'

type Wanted = {
  readonly bucket: string
  /** Those that all keys begin with. */
  readonly prefixes: readonly string[]
  readonly renewDays: number
  readonly fix: boolean
}

/** Days of the rule that `--fix` sets; fewer where grants end before. */
const usualDays = 7
/** An upload is taken at the midnight after its days, and can begin as late as the last session of its grant ends. */
export const leastRenewDays = 2
const idOf = (prefix: string) => `longshore-unfinished-uploads-${prefix === '' ? 'all' : prefix.replaceAll('/', '-')}`

/**
 * Whether a lifecycle rule takes unfinished uploads under each prefix, and no grant ends before it does. Uploads that
 * are never finished are billed, and seen by nobody.
 */
export const checkLifecycle = async (s3: S3Client, wanted: Wanted): Promise<readonly Finding[]> => {
  const { bucket, prefixes, renewDays, fix } = wanted
  const check = `lifecycle rule of ${bucket}`
  let current: GetBucketLifecycleConfigurationOutput
  try {
    current = await configurationOf(s3, bucket)
  } catch (error) {
    return [unseenFor(check, error, 's3:GetLifecycleConfiguration')]
  }
  const rules = current.Rules ?? []
  const findings = renewDays < leastRenewDays ? [tooFewRenewDays(renewDays)] : []
  const bad = prefixes.filter((prefix) => !((daysFor(rules, prefix) ?? Number.POSITIVE_INFINITY) <= renewDays))
  if (bad.length === 0) {
    const days = Math.max(...prefixes.map((prefix) => daysFor(rules, prefix) ?? 0))
    return [...findings, fine(check, `unfinished uploads are removed after ${days} days at most`)]
  }
  if (!fix || renewDays < 1) {
    return [...findings, ...bad.map((prefix) => missing(check, prefix, daysFor(rules, prefix), renewDays))]
  }
  const days = Math.min(usualDays, Math.floor(renewDays))
  const added = bad.map((prefix) => ruleFor(prefix, days))
  // One of the same name is ours, of another day.
  const kept = rules.filter(({ ID }) => !added.some((rule) => rule.ID === ID))
  try {
    await s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        ...(current.TransitionDefaultMinimumObjectSize && {
          TransitionDefaultMinimumObjectSize: current.TransitionDefaultMinimumObjectSize,
        }),
        LifecycleConfiguration: { Rules: [...kept, ...added] },
      }),
    )
  } catch (error) {
    const says = `it could not be set (${reasonOf(error)})`
    return [...findings, wrong(check, says, 'allow s3:PutLifecycleConfiguration to whoever runs the check')]
  }
  const changed = `set ${added.map(({ ID }) => ID).join(', ')}: ${days} days; kept the ${kept.length} other rules`
  return [...findings, fine(check, `unfinished uploads are removed after ${days} days at most`, { changed })]
}

const ruleFor = (Prefix: string, DaysAfterInitiation: number): LifecycleRule => ({
  ID: idOf(Prefix),
  Status: 'Enabled',
  Filter: { Prefix },
  AbortIncompleteMultipartUpload: { DaysAfterInitiation },
})

/** The shortest of the rules that hold for all keys of a prefix. */
const daysFor = (rules: readonly LifecycleRule[], prefix: string): number | null => {
  const days = rules
    .filter((rule) => rule.Status === 'Enabled' && prefix.startsWith(prefixOf(rule)))
    .flatMap(({ AbortIncompleteMultipartUpload: abort }) => abort?.DaysAfterInitiation ?? [])
  return days.length === 0 ? null : Math.min(...days)
}

/** A rule's prefix has had three places in the API; no rule for uploads can have tags or sizes. */
const prefixOf = ({ Filter, Prefix }: LifecycleRule): string => Filter?.And?.Prefix ?? Filter?.Prefix ?? Prefix ?? ''

const missing = (check: string, prefix: string, days: number | null, renewDays: number): Finding =>
  days === null
    ? wrong(
        check,
        `nothing removes unfinished uploads below "${prefix}": they are billed for ever`,
        'add a rule with AbortIncompleteMultipartUpload, or run the check with --fix',
      )
    : wrong(
        check,
        `unfinished uploads below "${prefix}" live for ${days} days, their grants for ${renewDays}`,
        `set renewDays to ${days} at least, or the rule to ${Math.floor(renewDays)} at most`,
      )

const tooFewRenewDays = (renewDays: number): Finding =>
  wrong(
    'renewDays',
    `is ${renewDays}`,
    `set it to ${leastRenewDays} at least: a grant must outlive the uploads begun under it`,
  )

const configurationOf = async (s3: S3Client, Bucket: string): Promise<GetBucketLifecycleConfigurationOutput> => {
  try {
    return await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))
  } catch (error) {
    if (awsFailure('', error).name === 'NoSuchLifecycleConfiguration') return {}
    throw error
  }
}
