import { describe, expect, it } from 'vitest'
import { objectFacts } from '../../../../../src/main/engine/transfers/object-facts.ts'

const factsOf = (relativePath: string, modifiedAt = 0) =>
  objectFacts({ key: 'drops/1/file', contentType: 'video/mp4', relativePath, modifiedAt, replaces: false })

describe('the metadata of an object', () => {
  it('has the file’s own name, without its folders, and its time', () => {
    const { metadata } = factsOf('day 1/Überblick.mp4', Date.UTC(2026, 1, 28))
    expect(metadata).toEqual({ 'original-name': '%C3%9Cberblick.mp4', 'modified-at': '2026-02-28T00:00:00.000Z' })
  })

  it.each([
    ['CJK letters', 'あ'.repeat(251)],
    ['emoji', '😀'.repeat(251)],
    ['letters that need no encoding', 'a'.repeat(251)],
    ['halves of a character', '\ud83d'.repeat(251)],
  ])('of 255 %s stays under S3’s 2 KB and keeps the end of the name', (_what, name) => {
    const { metadata } = factsOf(`${name}.mp4`)
    const bytes = Object.entries(metadata).reduce((sum, [field, value]) => sum + field.length + value.length, 0)
    expect(bytes).toBeLessThanOrEqual(2_048)
    expect(decodeURIComponent(metadata['original-name'] ?? '')).toMatch(/\.mp4$/)
  })
})
