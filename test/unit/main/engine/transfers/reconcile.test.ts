import fc from 'fast-check'
import { expect, it } from 'vitest'
import { planParts } from '../../../../../src/main/engine/transfers/part-plan.ts'
import { reconcile } from '../../../../../src/main/engine/transfers/reconcile.ts'
import { savedPart } from '../../../../support/builders.ts'

/** Three parts of 10, 10 and 3 bytes. */
const planned = planParts(23, 10)
const saved = [
  savedPart({ partNumber: 1, size: 10 }),
  savedPart({ partNumber: 2, size: 10 }),
  savedPart({ partNumber: 3, size: 3 }),
]
const listed = saved.map(({ partNumber, size, etag }) => ({ partNumber, size, etag }))
const without = <Part extends { readonly partNumber: number }>(parts: readonly Part[], partNumber: number) =>
  parts.filter((part) => part.partNumber !== partNumber)

it('keeps all parts on which row and store agree, also the short last one', () => {
  expect(reconcile(planned, saved, listed)).toEqual({ kept: saved, dropped: [], missing: [] })
})

it('sends everything where nothing is saved yet', () => {
  expect(reconcile(planned, [], [])).toEqual({ kept: [], dropped: [], missing: planned })
})

it.each([
  { disagreement: 'has another ETag at the store', change: { etag: 'other' } },
  { disagreement: 'has another size at the store', change: { size: 9 } },
])('drops a part and sends it again where it $disagreement', ({ change }) => {
  const atStore = listed.map((part) => (part.partNumber === 2 ? { ...part, ...change } : part))
  expect(reconcile(planned, saved, atStore)).toEqual({
    kept: without(saved, 2),
    dropped: [2],
    missing: [planned[1]],
  })
})

it('drops a part that the store does not have', () => {
  expect(reconcile(planned, saved, without(listed, 3))).toEqual({
    kept: without(saved, 3),
    dropped: [3],
    missing: [planned[2]],
  })
})

it('sends a part again that only the store knows, as nobody here knows its checksum', () => {
  expect(reconcile(planned, without(saved, 1), listed)).toEqual({
    kept: without(saved, 1),
    dropped: [],
    missing: [planned[0]],
  })
})

it('drops a part that does not fit the plan, though row and store agree', () => {
  const long = savedPart({ partNumber: 3, size: 4 })
  const beyond = savedPart({ partNumber: 4, size: 10 })
  const result = reconcile(planned, [...saved.slice(0, 2), long, beyond], [...listed.slice(0, 2), long, beyond])
  expect(result).toEqual({ kept: saved.slice(0, 2), dropped: [3, 4], missing: [planned[2]] })
})

it('settles each planned part: kept or missing; and each saved one: kept or dropped', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 12 })
  const sizes = fc.constantFrom(10, 9)
  const plan = planParts(100, 10)
  fc.assert(
    fc.property(numbers, numbers, sizes, (inRows, atStore, size) => {
      const parts = inRows.map((partNumber) => savedPart({ partNumber, size: 10 }))
      const list = atStore.map((partNumber) => ({ partNumber, size, etag: `etag-${partNumber}` }))
      const { kept, dropped, missing } = reconcile(plan, parts, list)
      const numbersOf = (some: readonly { readonly partNumber: number }[]) => some.map(({ partNumber }) => partNumber)
      const sorted = (some: readonly number[]) => some.toSorted((a, b) => a - b)
      expect(sorted([...numbersOf(kept), ...numbersOf(missing)])).toEqual(numbersOf(plan))
      expect(sorted([...numbersOf(kept), ...dropped])).toEqual(sorted(inRows))
    }),
  )
})
