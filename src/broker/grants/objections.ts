import type { GrantRequest } from '../../shared/broker-api.ts'
import type { PurposeSettings } from '../config/config.ts'
import type { Refusal } from '../problem.ts'
import { isForFolders } from './key-template.ts'
import { collisionsOf } from './keys.ts'
import { isWithin } from './media-types.ts'

/** What S3 calls bytes of which nobody said the type. */
const unknownType = 'binary/octet-stream'

const at = (path: string, message: string): Pick<Refusal, 'errors'> => ({ errors: [{ path, message }] })

/** What a request's schema cannot know: what the purpose takes, and that each id is there once. Null: no objection. */
export const objectionTo = (
  { files, folder }: GrantRequest,
  { keyTemplate, maxSize, contentTypes }: PurposeSettings,
): Refusal | null => {
  if (folder === undefined && isForFolders(keyTemplate)) {
    return { code: 'invalid_request', ...at('/folder', 'is needed: the purpose is for folders') }
  }
  const tooLarge = files.findIndex(({ size }) => size > maxSize)
  if (tooLarge !== -1) return { code: 'too_large', ...at(`/files/${tooLarge}/size`, `at most ${maxSize} bytes`) }
  const ofWrongType = files.findIndex(
    ({ contentType = unknownType }) => contentTypes && !isWithin(contentType, contentTypes),
  )
  if (ofWrongType !== -1) {
    return { code: 'type_not_allowed', ...at(`/files/${ofWrongType}/contentType`, 'is not taken') }
  }
  const [repeated] = collisionsOf(files.map(({ id }) => id.toLowerCase()))
  if (repeated) return { code: 'invalid_request', ...at(`/files/${repeated.later}/id`, 'is there twice') }
  return null
}

/** Paths that are one after they were made safe: the person is told rather than one of the files written over. */
export const objectionToKeys = (keys: readonly string[]): Refusal | null => {
  const errors = collisionsOf(keys).map(({ first, later }) => ({
    path: `/files/${later}/relativePath`,
    message: `gives the same key as /files/${first}/relativePath`,
  }))
  return errors.length === 0 ? null : { code: 'invalid_request', errors }
}
