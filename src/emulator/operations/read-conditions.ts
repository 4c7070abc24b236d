import { S3Error } from '../s3-error.ts'
import type { ObjectRecord } from '../store/records.ts'

/**
 * Holds an object against the conditions of a read. `prefix` stands before the headers' names; a copy calls those of its
 * source `x-amz-copy-source-if-…`. Throws PreconditionFailed, or NotModified for a condition that only saves a transfer.
 */
export function checkReadConditions(
  headers: Readonly<Record<string, string>>,
  prefix: '' | 'x-amz-copy-source-',
  record: ObjectRecord,
): void {
  const condition = (name: string) => headers[`${prefix}${name}`]
  const names = (etags: string) =>
    etags.split(',').some((etag) => ['*', record.etag].includes(etag.trim().replaceAll('"', '')))
  const failed = (name: string) =>
    new S3Error('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold', {
      Condition: `${prefix}${name}`,
    })
  // HTTP's dates have no fractions of a second.
  const modified = Math.floor(record.lastModified / 1_000) * 1_000
  const match = condition('if-match')
  const noneMatch = condition('if-none-match')
  if (match !== undefined && !names(match)) throw failed('if-match')
  if (match === undefined && modified > Date.parse(condition('if-unmodified-since') ?? ''))
    throw failed('if-unmodified-since')
  const unchanged =
    noneMatch === undefined ? modified <= Date.parse(condition('if-modified-since') ?? '') : names(noneMatch)
  if (unchanged && prefix === '') throw new S3Error('NotModified', 'Not Modified')
  if (unchanged) throw failed(noneMatch === undefined ? 'if-modified-since' : 'if-none-match')
}
