import { expect, it } from 'vitest'
import { brokerConfigSchema } from '../../../../src/broker/config/config.ts'
import type { Invitation } from '../../../../src/broker/invitations/invitation.ts'
import { narrowPurpose } from '../../../../src/broker/invitations/narrow-purpose.ts'

const invitation = (overrides: Partial<Invitation>): Invitation => ({
  id: 'a',
  inviter: { subject: 'user-1', label: 'One' },
  purpose: 'drop',
  note: '',
  expiresAt: 0,
  maxBytes: 1_000,
  maxFiles: 1,
  maxSize: null,
  contentTypes: null,
  ...overrides,
})
/** A broker's purpose, as the operator has it by now. */
const purpose = (overrides: { maxSize?: number; contentTypes?: string[]; invitations?: boolean }) => {
  const settings = brokerConfigSchema.parse({
    signingSecret: 'a secret of the tests, 32 bytes long',
    publicUrl: 'https://send.example',
    store: { bucket: 'uploads', region: 'eu-central-1' },
    purposes: [{ name: 'drop', label: 'Drop', kind: 'presigned_multipart', invitations: true, ...overrides }],
  })
  const [only] = settings.purposes
  if (only === undefined) throw new Error('no purpose')
  return only
}

it('the smallest of the limits of purpose and invitation holds', () => {
  expect(narrowPurpose(purpose({ maxSize: 10 }), invitation({ maxSize: 20 }))?.maxSize).toBe(10)
  expect(narrowPurpose(purpose({ maxSize: 30 }), invitation({ maxSize: 20 }))?.maxSize).toBe(20)
  expect(narrowPurpose(purpose({}), invitation({}))?.maxSize).toBe(1_000)
})

it('the types that both allow are left, also of a purpose that was narrowed since', () => {
  const left = (own?: string[], given: string[] | null = null) =>
    narrowPurpose(purpose(own ? { contentTypes: own } : {}), invitation({ contentTypes: given }))?.contentTypes
  expect(left()).toBeUndefined()
  expect(left(['image/*'])).toEqual(['image/*'])
  expect(left(undefined, ['image/png'])).toEqual(['image/png'])
  expect(left(['image/*'], ['image/png', 'text/plain'])).toEqual(['image/png'])
  expect(left(['image/png'], ['image/*'])).toEqual(['image/png'])
  expect(left(['text/plain'], ['image/*'])).toEqual([])
})

it('nothing is left where the purpose is another one, or takes no invitations any more', () => {
  expect(narrowPurpose(purpose({}), invitation({ purpose: 'other' }))).toBeNull()
  expect(narrowPurpose(purpose({ invitations: false }), invitation({}))).toBeNull()
})
