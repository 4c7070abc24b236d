import { expect, it } from 'vitest'
import { readInvitationLink } from '../../../src/shared/invitation-link.ts'

it('the link of an invitation names its broker, also below a path, and its token', () => {
  const token = 'inv_a.b-c_d.e'
  expect(readInvitationLink(` https://send.example/invite/#${token}\n`)).toEqual({
    brokerUrl: 'https://send.example',
    token,
  })
  expect(readInvitationLink(`http://127.0.0.1:8080/uploads/invite#${token}`)).toEqual({
    brokerUrl: 'http://127.0.0.1:8080/uploads',
    token,
  })
})

it('a link that lost its end is told from one that is none', () => {
  for (const link of ['https://send.example/invite/', 'https://send.example/invite/#', 'https://a.example/invite/#x']) {
    expect(readInvitationLink(link)).toBe('incomplete')
  }
  for (const text of ['send.example', 'https://send.example', 'https://send.example/#inv_a', '']) {
    expect(readInvitationLink(text)).toBeNull()
  }
})
