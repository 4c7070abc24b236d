// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are hostile input here
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { brokerConfigSchema } from '../../../../src/broker/config/config.ts'
import type { Place } from '../../../../src/broker/policy/arn.ts'
import { type KeyTemplate, keyTemplateProblems } from '../../../../src/broker/policy/key-template.ts'
import { collisionsOf, keysUnder, type PrefixSource, prefixOf } from '../../../../src/broker/policy/keys.ts'
import { sessionPolicy } from '../../../../src/broker/policy/session-policy.ts'
import { evaluatePolicy } from './evaluate-policy.ts'

const hostilePieces = [
  ...['*', '?', '${aws:username}', '${*}', '${?}', '${$}', '${', '}', '$', '"', "'", '`', '<', '&', ']]>', '%2e%2e%2f'],
  ...['../', '..', '.', '/', '//', '\\', '..\\', '\0', '\n', '\r\n', '\x1b[2J', '\x7f', '\x85', ' ', '+', '#', '%00'],
  ...[
    '\u202e',
    '\u200f',
    '\u2066',
    '\u200b',
    '\ufeff',
    '\u2215',
    '\u2044',
    '\uff0f',
    '\u29f8',
    '\uff0e\uff0e',
    '\u2024',
  ],
  ...['\ud800', '\udfff', '\ud83d\udcf7', 'e\u0301', '\u00e9', '\u212a', '\u0958', '\ufffe', '\uffff', '\u{10ffff}'],
  ...['{uuid}', '{id}', '{path}', '{folderHash}', 'drops/', 'CON', 'a', 'A', '~', 'x'.repeat(300), '📷'.repeat(256)],
]
const hostile = fc.oneof(
  fc.array(fc.constantFrom(...hostilePieces), { minLength: 1, maxLength: 12 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1_200 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), minLength: 1 }),
)
const id = fc.uuid()
const templates = fc.constantFrom<KeyTemplate>(
  { prefix: 'drops/{uuid}/', suffix: '{id}/{path}' },
  { prefix: 'people/{userHash}/{date}/', suffix: '{id}-{name}' },
  { prefix: 'people/{userHash}/{folderHash}/', suffix: '{path}' },
  { prefix: `${'long/'.repeat(60)}{uuid}/`, suffix: 'by.{path}.d/{id}' },
)
const places = fc.constantFrom<Place>(
  { bucket: 'uploads', region: 'eu-central-1' },
  { bucket: 'up.loads', region: 'cn-north-1' },
  { bucket: 'arn:aws:s3:eu-central-1:123456789012:accesspoint/desk', region: 'eu-central-1' },
)
const purposes = fc.constantFrom(
  { options: {}, conditions: {} },
  { options: { tags: { a: 'b' }, createOnly: true, legalHold: true }, conditions: {} },
)
const sources = fc.record<PrefixSource>({
  signingSecret: fc.constant('a secret of the tests, 32 bytes long'),
  subject: fc.oneof(hostile, fc.constantFrom('user-1', 'user-2')),
  purpose: fc.constantFrom('drop', 'archive'),
  firstFileId: id,
  folder: id,
  now: fc.integer({ min: 0, max: 4_102_444_800_000 }),
})

const arnOf = ({ bucket, region }: Place, key: string) =>
  bucket.startsWith('arn:')
    ? `${bucket}/object/${key}`
    : `arn:${region.startsWith('cn-') ? 'aws-cn' : 'aws'}:s3:::${bucket}/${key}`
const writing = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts']
const context = { 's3:ObjectCreationOperation': 'true', 's3:if-none-match': '*' }

describe('whatever a file, a person or a folder is called', () => {
  it('its key lies under its prefix, and the policy of its grant reaches no other', { timeout: 120_000 }, () => {
    fc.assert(
      fc.property(
        fc.record({ template: templates, place: places, purpose: purposes, mine: sources, theirs: sources }),
        fc.record({ id, name: hostile, relativePath: hostile }),
        hostile,
        ({ template, place, purpose, mine, theirs }, file, text) => {
          const prefix = prefixOf(template, mine)
          const policy = sessionPolicy(place, prefix, purpose, { kms: true })
          const may = (action: string, key: string, where = place) =>
            evaluatePolicy(policy, { action, resource: arnOf(where, key), context })
          const key = keysUnder(template, prefix)(file)
          expect(key.startsWith(prefix)).toBe(true)
          for (const action of writing) expect(may(action, key)).toBe(true)
          for (const action of ['s3:GetObject', 's3:DeleteObject', 's3:PutObjectAcl', 's3:PutBucketPolicy', 's3:*']) {
            expect(may(action, key)).toBe(false)
          }
          // the same hostile file of somebody else, and the names themselves as keys
          const neighbour = prefixOf(template, theirs)
          const outside = [
            ...(neighbour === prefix ? [] : [keysUnder(template, neighbour)(file), `${neighbour}${text}`]),
            file.name,
            text,
            `${prefix.slice(0, -1)}${text.startsWith('/') ? `_${text}` : text}`,
            prefix.slice(0, -1),
            `${prefix.slice(0, -2)}/${text}`,
          ]
          for (const other of outside.filter((other) => !other.startsWith(prefix))) {
            for (const action of writing) expect(may(action, other)).toBe(false)
          }
          expect(may('s3:PutObject', key, { ...place, bucket: 'other' })).toBe(false)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('two files never have one key unseen', () => {
    fc.assert(
      fc.property(
        templates,
        sources,
        fc.uniqueArray(fc.record({ id, name: hostile, relativePath: hostile }), {
          minLength: 2,
          maxLength: 6,
          selector: (file) => file.id.toLowerCase(),
        }),
        (template, source, files) => {
          const prefix = prefixOf(template, source)
          const keys = files.map((file) => keysUnder(template, prefix)(file))
          const repeated = keys.length - new Set(keys).size
          expect(collisionsOf(keys)).toHaveLength(repeated)
          if (template.suffix.includes('{id}')) expect(repeated).toBe(0)
          const paths = new Set(files.map(({ relativePath }) => relativePath.normalize('NFC')))
          if (!template.suffix.includes('{id}')) expect(keys.length - repeated).toBe(paths.size)
        },
      ),
      { numRuns: 1_000 },
    )
  })
})

describe('whatever an operator writes', () => {
  const pieces = [
    '{uuid}',
    '{userHash}',
    '{folderHash}',
    '{date}',
    '{id}',
    '{path}',
    '{name}',
    '/',
    'a',
    '-',
    ...hostilePieces,
  ]
  const template = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(''))

  it('a template that is accepted gives policies of its prefix alone', () => {
    let accepted = 0
    fc.assert(
      fc.property(
        fc.constantFrom('{uuid}/', '{userHash}/', '{userHash}/{folderHash}/'),
        fc.option(template),
        sources,
        hostile,
        (end, start, source, text) => {
          const own = { prefix: `${start ?? ''}${end}`, suffix: '{id}/{path}' }
          if (keyTemplateProblems(own).length > 0) return
          accepted += 1
          const prefix = prefixOf(own, source)
          const policy = sessionPolicy(
            { bucket: 'uploads', region: 'eu-central-1' },
            prefix,
            {
              options: {},
              conditions: {},
            },
            { kms: true },
          )
          const may = (key: string) =>
            evaluatePolicy(policy, { action: 's3:PutObject', resource: `arn:aws:s3:::uploads/${key}` })
          expect(may(`${prefix}${text}`)).toBe(true)
          if (!text.startsWith(prefix)) expect(may(text)).toBe(false)
          expect(may(`_${prefix}`)).toBe(false)
        },
      ),
      { numRuns: 3_000 },
    )
    expect(accepted).toBeGreaterThan(100)
  })

  it('a bucket that is accepted gives policies of that bucket alone', () => {
    const bucket = fc.oneof(
      hostile,
      fc.array(fc.constantFrom('a', '-', '.', '*', '?', '${a}', 'b1'), { maxLength: 8 }).map((parts) => parts.join('')),
      hostile.map((text) => `arn:aws:s3:eu-central-1:123456789012:accesspoint/${text}`),
      hostile.map((text) => `arn:aws:s3:eu-central-1:${text}:accesspoint/desk`),
    )
    fc.assert(
      fc.property(bucket, hostile, (name, text) => {
        const config = {
          signingSecret: 'a secret of the tests, 32 bytes long',
          store: { bucket: name, region: 'eu-central-1' },
          purposes: [{ name: 'drop', label: 'Drop' }],
        }
        const parsed = brokerConfigSchema.safeParse(config)
        if (!parsed.success) return
        const place = { bucket: name, region: 'eu-central-1' }
        const policy = sessionPolicy(place, 'drops/a/', { options: {}, conditions: {} }, { kms: true })
        const may = (where: string) =>
          evaluatePolicy(policy, { action: 's3:PutObject', resource: arnOf({ ...place, bucket: where }, 'drops/a/x') })
        expect(may(name)).toBe(true)
        if (text !== name) expect(may(text)).toBe(false)
        expect(may(`${name}x`)).toBe(false)
      }),
      { numRuns: 2_000 },
    )
  })
})
