import { createHash, createHmac } from 'node:crypto'
import { type GrantFile, longestKeyBytes } from '../../shared/broker-api.ts'
import { hasBadSegment, hasKeyPerFile, type KeyTemplate } from './key-template.ts'

/** What the prefix of a grant is derived from. */
export type PrefixSource = {
  readonly signingSecret: string
  readonly subject: string
  readonly purpose: string
  /** The id of the request's first file: the same request, sent again, gets the same prefix. */
  readonly firstFileId: string
  /** The watched folder that the files are of, for templates with `{folderHash}`. */
  readonly folder?: string | undefined
  readonly now: number
}

/** The prefix of a grant's keys. The same source gives the same prefix, but for a template's `{date}`. */
export const prefixOf = (template: KeyTemplate, source: PrefixSource): string => {
  const { signingSecret, subject, purpose, firstFileId, folder = '', now } = source
  return fill(template.prefix, {
    uuid: asUuid(keyedHash(signingSecret, 'uuid', subject, purpose, firstFileId.toLowerCase())),
    userHash: keyedHash(signingSecret, 'user', subject),
    folderHash: keyedHash(signingSecret, 'folder', subject, folder.toLowerCase()),
    date: new Date(now).toISOString().slice(0, 10),
  })
}

type NamedFile = Pick<GrantFile, 'id' | 'name' | 'relativePath'>

/**
 * The key of each file under a prefix: at most 1,024 bytes of UTF-8, starting with the prefix, without empty, `.` or `..`
 * segments or control characters. Under a template with `{id}` other ids give other keys, whatever the names are; without it
 * other paths do, but for those that Unicode holds to be equal.
 */
export const keysUnder = (template: KeyTemplate, prefix: string): ((file: NamedFile) => string) => {
  const { suffix } = template
  const named = ['{name}', '{path}'].find((placeholder) => suffix.includes(placeholder))
  const [before = '', after = ''] = named === undefined ? [suffix] : suffix.split(named)
  const startOf = withId(prefix + before)
  const endOf = withId(after)
  if (named === undefined) return ({ id }) => startOf(id)
  const telling = !hasKeyPerFile(template)
  return ({ id, name, relativePath = name }) => {
    const start = startOf(id)
    const end = endOf(id)
    const path = named === '{name}' ? name.replaceAll('/', '_') : relativePath
    // all ASCII: only names hold anything else
    return start + safePath(path, longestKeyBytes - start.length - end.length, telling) + end
  }
}

const withId = (text: string): ((id: string) => string) => {
  const pieces = text.split('{id}')
  return pieces.length === 1 ? () => text : (id) => pieces.join(id.toLowerCase())
}

/** Two equal texts, by their places in a list: the first of them, and one that came later. */
type Collision = { readonly first: number; readonly later: number }

/** Each text that was there before. */
export const collisionsOf = (texts: readonly string[]): readonly Collision[] => {
  if (new Set(texts).size === texts.length) return []
  const places = new Map<string, number>()
  return texts.flatMap((text, later) => {
    const first = places.get(text)
    if (first !== undefined) return { first, later }
    places.set(text, later)
    return []
  })
}

/** Whether a key could have been made by `keyOf` under this prefix. */
export const isKeyUnder = (prefix: string, key: string): boolean =>
  key.startsWith(prefix) &&
  key.search(unsafe) === -1 &&
  !hasBadSegment(key) &&
  Buffer.byteLength(key) <= longestKeyBytes

const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (placeholder, name: string) => values[name] ?? placeholder)

/** 128 bits in hexadecimal. */
const keyedHash = (secret: string, ...values: readonly string[]): string =>
  createHmac('sha256', secret).update(JSON.stringify(values)).digest('hex').slice(0, 32)

/** UUID version 8, the form that RFC 9562 leaves to applications. */
const asUuid = (hash: string): string =>
  `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20)}`

/** Control characters, lone surrogates, what XML cannot carry, and the separator of another system. */
const unsafe = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\\]/gu

/** Of printable ASCII without `\\`, as most paths are, nothing is unsafe or has two forms. */
const plain = /^[ -[\]-~]+$/

/** What all of S3's readers can hold: see `unsafe` and `hasBadSegment`. `_` where nothing is left. */
const harmless = (path: string): string => {
  if (plain.test(path) && !hasBadSegment(path)) return path
  const safe = path
    .replaceAll(unsafe, '_')
    .normalize('NFC')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
    .join('/')
  return safe || '_'
}

/**
 * A client's text as part of a key, at most `room` bytes: what is too long loses its middle, for which a `~` stands, and
 * keeps its extension. `telling`: what had to be altered tells so by a hash of what it was, so that two paths stay two.
 */
const safePath = (path: string, room: number, telling: boolean): string => {
  const safe = harmless(path)
  const tells = telling && safe !== path.normalize('NFC')
  if (!tells && Buffer.byteLength(safe) <= room) return safe
  const extension = /\.[^./]{1,15}$/u.exec(safe)?.[0] ?? ''
  const end = `~${telling ? hashOf(path.normalize('NFC')) : ''}${extension}`
  return cut(safe.slice(0, safe.length - extension.length), room - Buffer.byteLength(end)) + end
}

/** 64 bits in hexadecimal; of UTF-16, in which lone surrogates differ. */
const hashOf = (text: string): string =>
  createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('hex').slice(0, 16)

/** As much of the beginning as fits, up to a code point's end. */
const cut = (text: string, most: number): string => {
  const bytes = Buffer.from(text)
  let end = Math.min(most, bytes.length)
  while (isInsideCodePoint(bytes, end)) end -= 1
  return bytes.toString('utf8', 0, end)
}

const isInsideCodePoint = (bytes: Buffer, offset: number): boolean => ((bytes[offset] ?? 0) & 0xc0) === 0x80
