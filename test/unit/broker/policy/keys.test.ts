// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are hostile input here
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dropTemplate, type KeyTemplate } from '../../../../src/broker/policy/key-template.ts'
import { collisionsOf, isKeyUnder, keysUnder, type PrefixSource, prefixOf } from '../../../../src/broker/policy/keys.ts'

const source = (overrides: Partial<PrefixSource> = {}): PrefixSource => ({
  signingSecret: 'a secret of the tests, 32 bytes long',
  subject: 'user-1',
  purpose: 'drop',
  firstFileId: '0b1f3f9e-58a0-4c0d-9f0e-0d9a6a1e2c3d',
  now: Date.UTC(2026, 0, 31, 23, 59),
  ...overrides,
})
const id = '0b1f3f9e-58a0-4c0d-9f0e-0d9a6a1e2c3d'
const otherId = '1c2e4a8f-58a0-4c0d-9f0e-0d9a6a1e2c3d'
const prefix = prefixOf(dropTemplate, source())
const keysUnderPath = (relativePath: string, template: KeyTemplate = dropTemplate) =>
  keysUnder(template, prefix)({ id, name: 'unused', relativePath })
const nameIn = (key: string) => key.slice(`${prefix}${id}/`.length)

const hostile = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8_192 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { minLength: 1, maxLength: 2_000 })
    .map((units) => units.map((unit) => String.fromCharCode(unit)).join('')),
  fc
    .array(
      fc.constantFrom(
        '..',
        '.',
        '/',
        '\\',
        '*',
        '?',
        '${aws:username}',
        '"',
        '{id}',
        '\0',
        '\u202e',
        '\ud83d',
        '\udcf7',
        'e',
        '\u0301',
        '\u0958',
        '~',
        'name.txt',
      ),
      { minLength: 1, maxLength: 600 },
    )
    .map((pieces) => pieces.join('')),
)

describe('the prefix of a grant', () => {
  it('is the same for the same person, purpose and first file, on another day too', () => {
    expect(prefixOf(dropTemplate, source({ now: 0 }))).toBe(prefix)
    expect(prefixOf(dropTemplate, source({ firstFileId: source().firstFileId.toUpperCase() }))).toBe(prefix)
    expect(prefix).toMatch(/^drops\/[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}\/$/)
  })

  it('is another for another person, purpose, first file or secret', () => {
    const others = [
      source({ subject: 'user-2' }),
      source({ purpose: 'archive' }),
      source({ firstFileId: otherId }),
      source({ signingSecret: 'another secret of the tests, 32 bytes' }),
      source({ subject: 'user-1drop', purpose: '' }),
    ].map((other) => prefixOf(dropTemplate, other))
    expect(new Set([prefix, ...others]).size).toBe(6)
  })

  it('holds the day in UTC and the hash of the person where the template asks for them', () => {
    const template = { prefix: 'in/{date}/{userHash}/', suffix: '{id}' }
    expect(prefixOf(template, source())).toMatch(/^in\/2026-01-31\/[0-9a-f]{32}\/$/)
    expect(prefixOf(template, source({ purpose: 'archive' }))).toBe(prefixOf(template, source()))
    expect(prefixOf(template, source({ subject: 'user-2' }))).not.toBe(prefixOf(template, source()))
  })
})

describe('a key', () => {
  it.each([
    ['photos/2024/a.jpg', 'photos/2024/a.jpg'],
    ['../../etc/passwd', 'etc/passwd'],
    ['/a//b/./c/', 'a/b/c'],
    ['..', '_'],
    ['/', '_'],
    ['...', '...'],
    ['a\\..\\b', 'a_.._b'],
    ['a\u0000b\nc\u007fd', 'a_b_c_d'],
    ['\ud800x\udfff', '_x_'],
    ['\ufffe', '_'],
    ['cafe\u0301', 'caf\u00e9'],
    ['{uuid}${x}*?"', '{uuid}${x}*?"'],
    ['📷 e\u0301té.jpg', '📷 été.jpg'],
  ])('of the path %j ends with %j', (path, expected) => {
    expect(nameIn(keysUnderPath(path))).toBe(expected)
  })

  it('takes the name where there is no path, and a name has no folders', () => {
    expect(keysUnder(dropTemplate, prefix)({ id, name: 'a.txt' })).toBe(`${prefix}${id}/a.txt`)
    expect(keysUnder({ ...dropTemplate, suffix: '{name}-{id}' }, prefix)({ id, name: '../x/y' })).toBe(
      `${prefix}.._x_y-${id}`,
    )
  })

  it('that is too long loses its middle, keeps its extension and fills the 1,024 bytes', () => {
    const key = keysUnderPath(`${'a'.repeat(2_000)}.tiff`)
    expect(key).toMatch(/^drops\/.*\/a+~\.tiff$/)
    expect(Buffer.byteLength(key)).toBe(1_024)
  })

  it('is cut between code points', () => {
    for (let shift = 0; shift < 4; shift += 1) {
      const key = keysUnderPath(`${'x'.repeat(shift)}${'📷'.repeat(500)}.jpg`)
      expect(key).toMatch(/^drops\/[^~]*\/x*📷+~\.jpg$/u)
      expect(Buffer.byteLength(key)).toBeGreaterThan(1_020)
    }
  })

  const templates = fc.constantFrom<KeyTemplate>(
    dropTemplate,
    { prefix: 'people/{userHash}/{date}/', suffix: '{id}-{name}' },
    { prefix: 'a/{uuid}/', suffix: 'by.{path}.d/{id}' },
    { prefix: `${'long/'.repeat(80)}{uuid}/`, suffix: '{id}/.{path}.' },
  )

  it('stays under its prefix, within the bytes of S3 and without dangerous segments, whatever the name', () => {
    fc.assert(
      fc.property(templates, hostile, hostile, (template, name, relativePath) => {
        const ownPrefix = prefixOf(template, source())
        const key = keysUnder(template, ownPrefix)({ id, name, relativePath })
        expect(key.startsWith(ownPrefix)).toBe(true)
        expect(key.length).toBeGreaterThan(ownPrefix.length)
        expect(Buffer.byteLength(key)).toBeLessThanOrEqual(1_024)
        expect(key.isWellFormed()).toBe(true)
        // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there
        expect(key).not.toMatch(/[\u0000-\u001f\u007f-\u009f\\]/)
        for (const segment of key.split('/')) expect(['', '.', '..']).not.toContain(segment)
        expect(isKeyUnder(ownPrefix, key)).toBe(true)
        expect(keysUnder(template, ownPrefix)({ id, name, relativePath })).toBe(key)
        expect(keysUnder(template, ownPrefix)({ id: otherId, name, relativePath })).not.toBe(key)
      }),
      { numRuns: 500 },
    )
  })

  it('of two files of a grant is never the same', () => {
    fc.assert(
      fc.property(templates, hostile, hostile, (template, one, other) => {
        const ownPrefix = prefixOf(template, source())
        expect(keysUnder(template, ownPrefix)({ id, name: one, relativePath: one })).not.toBe(
          keysUnder(template, ownPrefix)({ id: otherId, name: other, relativePath: other }),
        )
      }),
    )
  })
})

const forFolders: KeyTemplate = { prefix: 'folders/{userHash}/{folderHash}/', suffix: '{path}' }

describe('the keys of a watched folder', () => {
  const folder = '5d0c9a3e-58a0-4c0d-9f0e-0d9a6a1e2c3d'
  const folderPrefix = prefixOf(forFolders, source({ folder }))
  const keyIn = (relativePath: string, fileId = id) =>
    keysUnder(forFolders, folderPrefix)({ id: fileId, name: 'unused', relativePath }).slice(folderPrefix.length)

  it('lie under a prefix of their own for each person and folder, whichever file comes first', () => {
    expect(folderPrefix).toMatch(/^folders\/[0-9a-f]{32}\/[0-9a-f]{32}\/$/)
    expect(prefixOf(forFolders, source({ folder: folder.toUpperCase(), firstFileId: otherId }))).toBe(folderPrefix)
    const others = [source({ folder: otherId }), source({ folder, subject: 'user-2' })]
    expect(new Set([folderPrefix, ...others.map((other) => prefixOf(forFolders, other))]).size).toBe(3)
  })

  it('are the relative paths, for ever, and keep their case', () => {
    expect(keyIn('2024/Scan 1.tiff')).toBe('2024/Scan 1.tiff')
    expect(keyIn('2024/Scan 1.tiff', otherId)).toBe('2024/Scan 1.tiff')
    expect(keyIn('2024/scan 1.tiff')).toBe('2024/scan 1.tiff')
    expect(keyIn('cafe\u0301')).toBe('caf\u00e9')
  })

  it.each([
    ['a\u0000b.txt', /^a_b~[0-9a-f]{16}\.txt$/],
    ['a\\b.txt', /^a_b~[0-9a-f]{16}\.txt$/],
    ['a/../b.txt', /^a\/b~[0-9a-f]{16}\.txt$/],
    ['\ud800', /^_~[0-9a-f]{16}$/],
    ['\ud801', /^_~[0-9a-f]{16}$/],
    [`${'x'.repeat(2_000)}1.tiff`, /^x+~[0-9a-f]{16}\.tiff$/],
    [`${'x'.repeat(2_000)}2.tiff`, /^x+~[0-9a-f]{16}\.tiff$/],
  ])('tell by a hash that %j had to be altered', (path, expected) => {
    expect(keyIn(path)).toMatch(expected)
  })

  it('are two for two paths, whatever had to be altered, but for what Unicode holds to be equal', () => {
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        fc.pre(one.normalize('NFC') !== other.normalize('NFC'))
        expect(keyIn(one)).not.toBe(keyIn(other))
        expect(isKeyUnder(folderPrefix, folderPrefix + keyIn(one))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})

describe('keys that are equal', () => {
  it('are found, each later one beside the first', () => {
    expect(collisionsOf(['a', 'b', 'A'])).toEqual([])
    expect(collisionsOf(['a', 'b', 'a', 'b', 'a'])).toEqual([
      { first: 0, later: 2 },
      { first: 1, later: 3 },
      { first: 0, later: 4 },
    ])
  })
})

describe('a key that a client names', () => {
  it.each([
    ['of another prefix', 'drops/other/a'],
    ['of a longer name than the prefix', `${prefix.slice(0, -1)}-more/a`],
    ['that goes up', `${prefix}../other/a`],
    ['with an empty segment', `${prefix}/a`],
    ['that is the prefix itself', prefix],
    ['with a control character', `${prefix}a\u0000`],
    ['with half a surrogate pair', `${prefix}\ud800`],
    ['longer than S3 allows', `${prefix}${'a'.repeat(1_024)}`],
  ])('is not under the prefix: one %s', (_what, key) => {
    expect(isKeyUnder(prefix, key)).toBe(false)
  })
})
