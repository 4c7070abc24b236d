import type { GrantFile, GrantResponse } from '../../../shared/broker-api.ts'
import type { InvitationResponse } from '../../../shared/broker-invitations.ts'
import type { Broker } from './broker.ts'
import type { PickedFile } from './picked-files.ts'
import type { Send } from './saved-sends.ts'
import { words } from './words.ts'

type Requested =
  | { readonly ok: true; readonly sends: readonly { readonly send: Send; readonly file: File }[] }
  | { readonly ok: false; readonly sentence: string }

/** The broker's limit of files in one grant. */
const mostFilesPerGrant = 1_000
/** S3's limit of parts; what a part is at least here, which memory holds a few times. */
const mostParts = 10_000
const leastPart = 8 * 1024 * 1024
/** What a browser does not know the type of. */
const unknownType = 'application/octet-stream'

/** Asks the broker where the files may go: all of them, or none, and why. */
export const requestSends = async (
  picked: readonly PickedFile[],
  { broker, invitation }: { readonly broker: Broker; readonly invitation: InvitationResponse },
): Promise<Requested> => {
  const tooMuch = await objectionOf(picked, broker, invitation)
  if (tooMuch !== null) return { ok: false, sentence: tooMuch }
  const sends: { send: Send; file: File }[] = []
  for (let start = 0; start < picked.length; start += mostFilesPerGrant) {
    const some = picked.slice(start, start + mostFilesPerGrant).map(({ file, path }) => {
      const { name, size, lastModified } = file
      const partSize = Math.max(leastPart, Math.ceil(size / mostParts))
      const type = file.type || unknownType
      return { file, id: crypto.randomUUID(), name, size, lastModified, path, type, partSize }
    })
    const granted = await broker.grant({ purpose: invitation.purpose.name, files: some.map(grantFileOf) })
    if (!granted.ok) return { ok: false, sentence: words.states.failed(granted.trouble) }
    for (const { file, ...facts } of some) {
      const send: Send = {
        ...facts,
        ...placeIn(granted.value, facts),
        invitation: invitation.id,
        fullObject: true,
        uploadId: null,
        parts: {},
        arrived: false,
      }
      sends.push({ send, file })
    }
  }
  return { ok: true, sends }
}

/** A file as a grant is asked for it. */
export const grantFileOf = ({
  id,
  name,
  path,
  size,
  type,
}: Pick<Send, 'id' | 'name' | 'path' | 'size' | 'type'>): GrantFile => ({
  id,
  name,
  relativePath: path,
  size,
  contentType: type,
})

/** Where and how a grant lets one of its files be sent. */
export const placeIn = (
  { grant, destination, keys }: GrantResponse,
  { id, size, partSize }: Pick<Send, 'id' | 'size' | 'partSize'>,
): Pick<Send, 'grant' | 'key' | 'single' | 'createOnly'> => ({
  grant,
  key: keys.find((one) => one.id === id)?.key ?? '',
  single: destination.kind === 'single_request' || size <= partSize,
  createOnly: destination.options.createOnly ?? false,
})

/** What the invitation itself says against these files, with what is left of it by now. */
const objectionOf = async (
  picked: readonly PickedFile[],
  broker: Broker,
  { limits }: InvitationResponse,
): Promise<string | null> => {
  const tooLarge = picked.find(({ file }) => file.size > limits.maxSize)
  if (tooLarge) return words.refused.tooLarge(tooLarge.path, limits.maxSize)
  const { contentTypes } = limits
  const ofWrongType = picked.find(
    ({ file }) => contentTypes !== null && !isWithin(file.type || unknownType, contentTypes),
  )
  if (ofWrongType) return words.refused.type(ofWrongType.path)
  const now = await broker.invitation()
  if (!now.ok) return words.states.failed(now.trouble)
  const leftFiles = Math.max(0, now.value.maxFiles - now.value.usedFiles)
  const leftBytes = Math.max(0, now.value.maxBytes - now.value.usedBytes)
  const bytes = picked.reduce((sum, { file }) => sum + file.size, 0)
  return picked.length > leftFiles || bytes > leftBytes
    ? words.refused.tooMuch(picked.length, bytes, leftFiles, leftBytes)
    : null
}

const isWithin = (type: string, ranges: readonly string[]): boolean =>
  ranges.some((range) => range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1))))
