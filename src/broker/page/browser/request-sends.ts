import type { GrantFile } from '../../../shared/broker-api.ts'
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
    const some = picked.slice(start, start + mostFilesPerGrant).map((one) => ({ ...one, id: crypto.randomUUID() }))
    const granted = await broker.grant({ purpose: invitation.purpose.name, files: some.map(grantFileOf) })
    if (!granted.ok) return { ok: false, sentence: words.states.failed(granted.trouble) }
    const { grant, destination, keys } = granted.value
    const keyOf = new Map(keys.map(({ id, key }) => [id, key]))
    for (const { id, file, path } of some) {
      const { name, size, lastModified } = file
      const partSize = Math.max(leastPart, Math.ceil(size / mostParts))
      const send: Send = {
        id,
        invitation: invitation.id,
        name,
        size,
        lastModified,
        path,
        type: file.type || unknownType,
        grant,
        key: keyOf.get(id) ?? '',
        single: destination.kind === 'single_request' || size <= partSize,
        createOnly: destination.options.createOnly ?? false,
        fullObject: true,
        partSize,
        uploadId: null,
        parts: {},
        arrived: false,
      }
      sends.push({ send, file })
    }
  }
  return { ok: true, sends }
}

const grantFileOf = ({ id, file, path }: PickedFile & { readonly id: string }): GrantFile => ({
  id,
  name: file.name,
  relativePath: path,
  size: file.size,
  contentType: file.type || unknownType,
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
