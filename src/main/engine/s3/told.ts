/** What every S3 answers; a store that leaves it out gave no readable answer, which is thrown. */
export function told<Value>(value: Value | null | undefined): Value {
  if (value == null) throw new Error('the answer of the store lacks a field')
  return value
}

export const unquoted = (etag: string): string => etag.replaceAll('"', '')
