import { createHmac } from 'node:crypto'
import { type GrantFile, longestKeyBytes } from '../shared/broker-api.ts'
import { hasBadSegment, type KeyTemplate } from './key-template.ts'

/** What the prefix of a grant is derived from. */
export type PrefixSource = {
  readonly signingSecret: string
  readonly subject: string
  readonly purpose: string
  /** The id of the request's first file: the same request, sent again, gets the same prefix. */
  readonly firstFileId: string
  readonly now: number
}

/** The prefix of a grant's keys. The same source gives the same prefix, but for a template's `{date}`. */
export const prefixOf = (template: KeyTemplate, source: PrefixSource): string =>
  fill(template.prefix, {
    uuid: asUuid(
      keyedHash(source.signingSecret, 'uuid', source.subject, source.purpose, source.firstFileId.toLowerCase()),
    ),
    userHash: keyedHash(source.signingSecret, 'user', source.subject),
    date: new Date(source.now).toISOString().slice(0, 10),
  })

/**
 * A file's key: at most 1,024 bytes of UTF-8, starting with the prefix, without empty, `.` or `..` segments or control
 * characters. Other ids give other keys, whatever the names are.
 */
export const keyOf = (
  template: KeyTemplate,
  prefix: string,
  file: Pick<GrantFile, 'id' | 'name' | 'relativePath'>,
): string => {
  const id = file.id.toLowerCase()
  const room = longestKeyBytes - Buffer.byteLength(prefix + fill(template.suffix, { id, name: '', path: '' }))
  return (
    prefix +
    fill(template.suffix, {
      id,
      name: shortened(safePath(file.name.replaceAll('/', '_')), room),
      path: shortened(safePath(file.relativePath ?? file.name), room),
    })
  )
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

const safePath = (path: string): string =>
  path
    .replaceAll(unsafe, '_')
    .normalize('NFC')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.' && segment !== '..')
    .join('/') || '_'

/** What stays of the end of a text that is too long: its extension. */
const keptEndBytes = 64

/** The text with its middle replaced by `~`, cut between code points, where it is longer than `most` bytes. */
const shortened = (text: string, most: number): string => {
  const bytes = Buffer.from(text)
  if (bytes.length <= most) return text
  let from = bytes.length - keptEndBytes
  while (isInsideCodePoint(bytes, from)) from += 1
  let to = most - 1 - (bytes.length - from)
  while (isInsideCodePoint(bytes, to)) to -= 1
  return `${bytes.toString('utf8', 0, to)}~${bytes.toString('utf8', from)}`
}

const isInsideCodePoint = (bytes: Buffer, offset: number): boolean => ((bytes[offset] ?? 0) & 0xc0) === 0x80
