import fc from 'fast-check'
import { expect, it } from 'vitest'
import { contentDisposition } from '../../../../src/broker/objects/content-disposition.ts'

it.each([
  [undefined, 'attachment'],
  ['scan.tiff', 'attachment; filename="scan.tiff"'],
  ['a b;c,d.txt', 'attachment; filename="a b;c,d.txt"'],
  ['Grüße.pdf', `attachment; filename="Gr__e.pdf"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.pdf`],
  ['say "hi".txt', `attachment; filename="say _hi_.txt"; filename*=UTF-8''say%20%22hi%22.txt`],
  ["it's (1)*é.txt", `attachment; filename="it's (1)*_.txt"; filename*=UTF-8''it%27s%20%281%29%2A%C3%A9.txt`],
  ['100%41.txt', `attachment; filename="100_41.txt"; filename*=UTF-8''100%2541.txt`],
  ['😀.png', `attachment; filename="_.png"; filename*=UTF-8''%F0%9F%98%80.png`],
  ['a\r\nb: c', 'attachment; filename="a__b: c"'],
  ['../../etc\\passwd', 'attachment; filename=".._.._etc_passwd"'],
  ['photo\u202egpj.exe', 'attachment; filename="photo_gpj.exe"'],
  ['\ud800half.txt', 'attachment; filename="_half.txt"'],
])('the name %j is written as %s', (name, header) => {
  expect(contentDisposition('attachment', name)).toBe(header)
})

it('no name ends the header or its quoted string, and each can be read back', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (name) => {
      const header = contentDisposition('inline', name)
      const [, plain = '', extended] =
        /^inline; filename="([\x20-\x21\x23-\x5b\x5d-\x7e]+)"(?:; filename\*=UTF-8''([\w!#$&+.^`|~%-]+))?$/.exec(
          header,
        ) ?? []
      expect(plain).not.toBe('')
      const read = extended === undefined ? plain : decodeURIComponent(extended)
      expect(read).toHaveLength(name.length)
      for (const [index, character] of [...read].entries())
        if (character !== '_') expect(character).toBe([...name][index])
    }),
  )
})
