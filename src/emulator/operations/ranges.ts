import { S3Error } from '../s3-error.ts'
import type { DataRange } from '../store/data-files.ts'
import type { ObjectRecord } from '../store/records.ts'

/** First and last byte, both included. */
export type ByteRange = { readonly first: number; readonly last: number }

/** The one run of bytes that a Range header asks for; null where there is none, or one that S3 ignores. */
export function parseRange(header: string | undefined, size: number): ByteRange | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '') ?? []
  if (from === undefined || to === undefined || (from === '' && to === '')) return null
  if (from !== '' && to !== '' && Number(from) > Number(to)) return null
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from)
  if (first >= size || (from === '' && Number(to) === 0))
    throw new S3Error('InvalidRange', 'The requested range is not satisfiable', { ActualObjectSize: String(size) })
  return { first, last: from === '' || to === '' ? size - 1 : Math.min(size - 1, Number(to)) }
}

/** All bytes of an object; the last is -1 where there are none. */
export const wholeOf = (record: ObjectRecord): ByteRange => ({ first: 0, last: record.size - 1 })

/** Which bytes of which files a run of an object is. Throws InvalidObjectState where the bytes were discarded. */
export function dataRangesOf(record: ObjectRecord, { first, last }: ByteRange): DataRange[] {
  let offset = 0
  return record.data.flatMap(({ file, size }) => {
    const start = Math.max(0, first - offset)
    const end = Math.min(size - 1, last - offset)
    offset += size
    if (start > end) return []
    if (file === null)
      throw new S3Error('InvalidObjectState', 'The emulator was told to discard the bytes of this object')
    return [{ file, start, length: end - start + 1 }]
  })
}
