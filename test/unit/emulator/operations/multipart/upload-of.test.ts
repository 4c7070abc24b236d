import { expect, test } from 'vitest'
import { abortDateOf } from '../../../../../src/emulator/operations/multipart/upload-of.ts'

test("The lifecycle rule's date is the next midnight UTC after its days, as in S3's user guide", () => {
  expect(abortDateOf(Date.UTC(2030, 0, 15, 10, 30), 3)).toBe(Date.UTC(2030, 0, 19))
  expect(abortDateOf(Date.UTC(2030, 0, 15), 3)).toBe(Date.UTC(2030, 0, 18))
})
