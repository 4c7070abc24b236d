import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readXml, writeXml } from '../../../../src/emulator/wire/xml.ts'

const schema = z.object({ Root: z.object({ Key: z.array(z.string()) }) })

describe('XML', () => {
  test('brings any text there and back', () => {
    const keys = ['<&>"\'', ' spaces ', 'line\r\nbreak\ttab', '&amp;', '007', 'true', '日本語 𝄞', 'a\u0001b']
    expect(readXml(writeXml('Root', null, { Key: keys }), schema, ['Key'])).toEqual({ Root: { Key: keys } })
  })

  test('leaves out what is not there', () => {
    expect(writeXml('Root', 'urn:x', { A: undefined, B: null, C: 0, D: [] })).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Root xmlns="urn:x"><C>0</C></Root>',
    )
  })

  test.each([
    ['is cut off', '<Root><Key>a</Key>'],
    ['is empty', ''],
    ['has another shape', '<Other/>'],
    ['declares entities', '<!DOCTYPE r [<!ENTITY a "b">]><Root><Key>&a;</Key></Root>'],
  ])('that %s is malformed', (_what, text) => {
    expect(() => readXml(text, schema, ['Key'])).toThrow(expect.objectContaining({ code: 'MalformedXML' }))
  })
})
