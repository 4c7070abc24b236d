import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutMiddle, visibleName } from '../../../src/renderer/transfers/file-name.ts'

const fitsIn = (width: number) => (text: string) => Array.from(text).length <= width
const long = '2026-11-19_Harbour-Post_Northern-Lighthouse_Graded-Master_v12-final (copy 2).mov'

test('A name that fits is not cut.', () => {
  expect(cutMiddle('reel.mov', fitsIn(8))).toBe('reel.mov')
})

test('A long name is cut in its middle and keeps its last 19 characters.', () => {
  expect(cutMiddle(long, fitsIn(40))).toBe('2026-11-19_Harbour-P…-final (copy 2).mov')
})

test('Where not even that fits, the end gives way too, down to one character each side.', () => {
  expect(cutMiddle(long, fitsIn(10))).toBe('2…y 2).mov')
  expect(cutMiddle(long, () => false)).toBe('2…v')
})

test('A name is never cut through a character that is made of several.', () => {
  const family = '👩‍👩‍👧‍👦'
  const cut = cutMiddle(family.repeat(40), (text) => text.length <= 300)
  expect(cut.replace('…', '').replaceAll(family, '')).toBe('')
})

test('What is cut fits whenever one character each side does, and is as long as can be.', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4, maxLength: 120 }), fc.integer({ min: 3, max: 60 }), (name, width) => {
      const cut = cutMiddle(name, fitsIn(width))
      expect(Array.from(cut).length).toBeLessThanOrEqual(width)
      if (cut !== name) expect(cut).toContain('…')
    }),
  )
})

test('Control characters show as their symbols.', () => {
  expect(visibleName('a\u0000b\nc\u007f')).toBe('a␀b␊c␡')
})

test('Characters that turn the direction of what follows cannot hide an extension.', () => {
  expect(visibleName('invoice\u202Efdp.exe')).toBe('invoice�fdp.exe')
  expect(visibleName('a\u2066b\u200fc\u0085')).toBe('a�b�c�')
})

test('Names of other scripts stay as they are.', () => {
  expect(visibleName('調査_Überblick_تقرير.pdf')).toBe('調査_Überblick_تقرير.pdf')
})
