import { expect, test } from 'vitest'
import { startOptionsOf } from '../../../../src/main/app/start-options.ts'

test('nothing given means the own profile, and signing in on the page', () => {
  expect(startOptionsOf(['electron', 'stage'], {})).toEqual({ profile: null, brokerUrl: null, signIn: null })
})

test.each([
  [['--profile', '/tmp/p', '--broker', 'https://broker.example']],
  [['--broker=https://broker.example', '--profile=/tmp/p']],
])('profile, broker and the token of the environment are read from %j', (argv) => {
  expect(startOptionsOf(['electron', 'stage', ...argv], { LONGSHORE_TOKEN: 'token' })).toEqual({
    profile: '/tmp/p',
    brokerUrl: 'https://broker.example',
    signIn: { brokerUrl: 'https://broker.example', token: 'token' },
  })
})

test('a broker without a token only fills the first page', () => {
  const options = startOptionsOf(['--broker', 'https://broker.example'], {})
  expect(options).toEqual({ profile: null, brokerUrl: 'https://broker.example', signIn: null })
})

test('a token without a broker signs nobody in', () => {
  expect(startOptionsOf([], { LONGSHORE_TOKEN: 'token' }).signIn).toBeNull()
})

test('an option without its value counts as not given', () => {
  expect(startOptionsOf(['--profile'], {}).profile).toBeNull()
})
