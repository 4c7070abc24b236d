import type { ObjectFacts } from '../s3/object-store.ts'
import type { GrantedTransfer } from './run.ts'

/** Of the original name, its end: percent-encoded these stay under S3's 2 KB of metadata. */
const longestName = 150

/** The original name is percent-encoded, as metadata is ASCII; the time is the file's own, in ISO 8601. */
export const objectFacts = ({
  key,
  contentType,
  relativePath,
  modifiedAt,
  replaces,
}: Pick<GrantedTransfer, 'key' | 'contentType' | 'relativePath' | 'modifiedAt' | 'replaces'>): ObjectFacts => ({
  key,
  contentType,
  replaces,
  metadata: {
    'original-name': encodeURIComponent([...nameOf(relativePath).toWellFormed()].slice(-longestName).join('')),
    'modified-at': new Date(modifiedAt).toISOString(),
  },
})

const nameOf = (relativePath: string): string => relativePath.split('/').at(-1) ?? ''
