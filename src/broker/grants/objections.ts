import type { GrantRequest } from '../../shared/broker-api.ts'
import type { PurposeSettings } from '../config/config.ts'
import { isForFolders } from '../policy/key-template.ts'
import { collisionsOf } from '../policy/keys.ts'
import { isWithin } from '../policy/media-types.ts'
import { at, type Refusal } from '../problem.ts'

/** What S3 calls bytes of which nobody said the type. */
const unknownType = 'binary/octet-stream'

type Limits = Pick<PurposeSettings, 'maxSize' | 'contentTypes'>
type SentObject = { readonly size: number; readonly contentType?: string | undefined }

/** What a request's schema cannot know: what the purpose takes, and that each id is there once. Null: no objection. */
export const objectionTo = ({ files, folder }: GrantRequest, purpose: PurposeSettings): Refusal | null => {
  if (folder === undefined && isForFolders(purpose.keyTemplate)) {
    return { code: 'invalid_request', ...at('/folder', 'is needed: the purpose is for folders') }
  }
  for (const [index, file] of files.entries()) {
    const objection = objectionToObject(file, purpose, `/files/${index}`)
    if (objection) return objection
  }
  const [repeated] = collisionsOf(files.map(({ id }) => id.toLowerCase()))
  if (repeated) return { code: 'invalid_request', ...at(`/files/${repeated.later}/id`, 'is there twice') }
  return null
}

/** Why a purpose does not take an object, whose fields stand at `path` in the request. Null: no objection. */
export const objectionToObject = (
  { size, contentType }: SentObject,
  { maxSize, contentTypes }: Limits,
  path = '',
): Refusal | null => {
  if (size > maxSize) return tooLarge(`${path}/size`, maxSize)
  if (contentTypes === undefined) return null
  if (isWithin(contentType ?? unknownType, contentTypes)) return null
  const what = contentType === undefined ? 'is missing' : 'is not taken'
  return {
    code: 'type_not_allowed',
    ...at(`${path}/contentType`, `${what}: must be one of ${contentTypes.join(', ')}`),
  }
}

export const tooLarge = (path: string, most: number): Refusal => ({
  code: 'too_large',
  ...at(path, `at most ${most} bytes`),
})

/** Paths that are one after they were made safe: the person is told rather than one of the files written over. */
export const objectionToKeys = (keys: readonly string[]): Refusal | null => {
  const errors = collisionsOf(keys).map(({ first, later }) => ({
    path: `/files/${later}/relativePath`,
    message: `gives the same key as /files/${first}/relativePath`,
  }))
  return errors.length === 0 ? null : { code: 'invalid_request', errors }
}
