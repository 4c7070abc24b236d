import { describe, expect, it } from 'vitest'
import { type InviteFields, inviteRequestOf, type WrongField } from '../../../src/renderer/invitations/invite-fields.ts'

const now = new Date(2026, 10, 22, 9, 30).getTime()
const day = 86_400
const fields = (typed: Partial<InviteFields> = {}): InviteFields => ({
  purpose: 'archive',
  note: '',
  openFor: '7',
  date: '',
  total: { amount: 10, unit: 'GB' },
  files: 100,
  largest: { amount: '', unit: 'GB' },
  types: '',
  ...typed,
})
const asked = (typed: Partial<InviteFields>) => inviteRequestOf(fields(typed), now)

describe('what is typed for an invitation', () => {
  it('asks for no more than was said', () => {
    expect(asked({ note: ' Please.\n' })).toEqual({
      ok: true,
      value: { purpose: 'archive', note: 'Please.', expiresIn: 7 * day, maxBytes: 10e9, maxFiles: 100 },
    })
  })

  it('counts sizes in decimal units, and types one by one', () => {
    const typed = {
      total: { amount: '1.5', unit: 'TB' },
      largest: { amount: 250, unit: 'MB' },
      types: ' Image/*, audio/wav;video/mp4 ',
    } as const
    expect(asked(typed)).toMatchObject({
      value: { maxBytes: 1.5e12, maxSize: 250e6, contentTypes: ['image/*', 'audio/wav', 'video/mp4'] },
    })
  })

  it('stays open until the end of the day that was chosen', () => {
    const untilMidnight = (new Date(2026, 10, 23).getTime() - now) / 1_000
    expect(asked({ openFor: 'date', date: '2026-11-22' })).toMatchObject({ value: { expiresIn: untilMidnight } })
    expect(asked({ openFor: 'date', date: '2026-12-31' })).toMatchObject({
      value: { expiresIn: (new Date(2027, 0, 1).getTime() - now) / 1_000 },
    })
  })

  it.each<{ what: string; typed: Partial<InviteFields>; wrong: WrongField[] }>([
    { what: 'no day', typed: { openFor: 'date' }, wrong: ['date'] },
    { what: 'a day that is over', typed: { openFor: 'date', date: '2026-11-21' }, wrong: ['date'] },
    { what: 'a day in two years', typed: { openFor: 'date', date: '2028-11-22' }, wrong: ['date'] },
    { what: 'no size', typed: { total: { amount: '', unit: 'GB' } }, wrong: ['total'] },
    { what: 'nothing at all', typed: { total: { amount: 0, unit: 'GB' } }, wrong: ['total'] },
    { what: 'more than can be counted', typed: { total: { amount: 1e6, unit: 'TB' } }, wrong: ['total'] },
    { what: 'no number of files', typed: { files: '' }, wrong: ['files'] },
    { what: 'too many files', typed: { files: 100_001 }, wrong: ['files'] },
    { what: 'a file larger than all', typed: { largest: { amount: 11, unit: 'GB' } }, wrong: ['largest'] },
    { what: 'endings for types', typed: { types: 'jpg' }, wrong: ['types'] },
    { what: 'several things', typed: { files: '', types: '.wav' }, wrong: ['files', 'types'] },
  ])('is wrong in its field: $what', ({ typed, wrong }) => {
    expect(asked(typed)).toEqual({ ok: false, failure: new Set(wrong) })
  })
})
