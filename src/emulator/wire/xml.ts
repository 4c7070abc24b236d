import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser'
import type { z } from 'zod'
import { S3Error } from '../s3-error.ts'

/** An element's content: text, children by name, or a list for an element that repeats. Undefined and null are left out. */
export type Xml = string | number | boolean | null | undefined | readonly Xml[] | { readonly [name: string]: Xml }

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

const escapeText = (text: string): string =>
  text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold them, and S3 answers them as references
    /[&<>"'\u0000-\u001f\u007f\ufffe\uffff]/g,
    (character) => escapes[character] ?? `&#${character.charCodeAt(0)};`,
  )

const unescapeText = (text: string): string =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w+));/gi, (reference, decimal, hexadecimal, name) => {
    if (name !== undefined)
      return Object.keys(escapes).find((character) => escapes[character] === reference) ?? reference
    const point = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal)
    return point <= 0x10ffff ? String.fromCodePoint(point) : reference
  })

const escaped = (value: Xml): unknown => {
  if (Array.isArray(value)) return value.map(escaped)
  if (value !== null && typeof value === 'object') {
    const present = Object.entries(value).filter(([, child]) => child !== undefined && child !== null)
    return Object.fromEntries(present.map(([name, child]) => [name, escaped(child)]))
  }
  return escapeText(String(value))
}

/** A document with one root element in the given namespace. */
export function writeXml(root: string, namespace: string | null, content: { readonly [name: string]: Xml }): string {
  const builder = new XMLBuilder({ ignoreAttributes: false, processEntities: false })
  const attributes = namespace === null ? {} : { '@_xmlns': namespace }
  const body: string = builder.build({ [root]: { ...attributes, ...(escaped(content) as object) } })
  return `<?xml version="1.0" encoding="UTF-8"?>\n${body}`
}

const malformed = (): S3Error =>
  new S3Error(
    'MalformedXML',
    'The XML you provided was not well-formed or did not validate against our published schema',
  )

/** Parses a request's body; whatever does not fit the schema, or brings a DOCTYPE, is MalformedXML. */
export function readXml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  repeated: readonly string[],
): z.output<Schema> {
  if (/<!DOCTYPE/i.test(text) || XMLValidator.validate(text) !== true) throw malformed()
  const parser = new XMLParser({
    parseTagValue: false,
    trimValues: false,
    processEntities: false,
    tagValueProcessor: (_name, value) => unescapeText(value),
    removeNSPrefix: true,
    isArray: (name) => repeated.includes(name),
  })
  const parsed = schema.safeParse(parse(parser, text))
  if (!parsed.success) throw malformed()
  return parsed.data
}

/** The parser throws, too, at what the validator lets through: names such as `__proto__`. */
function parse(parser: XMLParser, text: string): unknown {
  try {
    return parser.parse(text)
  } catch {
    throw malformed()
  }
}
