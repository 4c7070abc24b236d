import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { expect, it } from 'vitest'
import type { z } from 'zod'
import { linksSchema } from '../../../../src/broker/config/links.ts'

const pemOf = (key: KeyObject) =>
  key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'pem' }).toString()
const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const privateKey = pemOf(rsa.privateKey)
const ecdsaKey = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)
const otherKey = pemOf(generateKeyPairSync('ed25519').privateKey)
const cloudFront = { url: 'https://files.example.com', keyPairId: 'K2EXAMPLE', privateKey }
const objectLambda = 'arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/redact'

const wrongFields = (links: z.input<typeof linksSchema>) =>
  linksSchema.safeParse(links).error?.issues.map(({ path }) => path.join('.')) ?? []

it('links last an hour at most where nothing else is said', () => {
  expect(linksSchema.parse({})).toEqual({ mostSeconds: 3_600 })
})

it.each([
  [{ objectLambda }],
  [{ cloudFront }],
  [
    {
      cloudFront: { ...cloudFront, privateKey: ecdsaKey },
    },
  ],
  [{ cloudFront: { ...cloudFront, cookieDomain: 'files.example.com' } }],
  [{ cloudFront: { ...cloudFront, cookieDomain: 'example.com' } }],
])('links may go by what the operator has set up', (links) => {
  expect(wrongFields(links)).toEqual([])
})

it.each([
  ['mostSeconds', { mostSeconds: 0 }],
  ['mostSeconds', { mostSeconds: 604_801 }],
  ['objectLambda', { objectLambda: 'arn:aws:s3:us-east-1:123456789012:accesspoint/plain' }],
  ['objectLambda', { objectLambda, cloudFront }],
  ['cloudFront.url', { cloudFront: { ...cloudFront, url: 'http://files.example.com' } }],
  ['cloudFront.url', { cloudFront: { ...cloudFront, url: 'https://files.example.com/*' } }],
  ['cloudFront.url', { cloudFront: { ...cloudFront, url: 'https://files.example.com/?a' } }],
  ['cloudFront.privateKey', { cloudFront: { ...cloudFront, privateKey: 'not a key' } }],
  ['cloudFront.privateKey', { cloudFront: { ...cloudFront, privateKey: pemOf(rsa.publicKey) } }],
  ['cloudFront.privateKey', { cloudFront: { ...cloudFront, privateKey: otherKey } }],
  ['cloudFront.cookieDomain', { cloudFront: { ...cloudFront, cookieDomain: 'other.example.com' } }],
  ['cloudFront.cookieDomain', { cloudFront: { ...cloudFront, cookieDomain: 'ample.com' } }],
  ['cloudFront.cookieDomain', { cloudFront: { ...cloudFront, cookieDomain: 'com; Path=/' } }],
])('%s is refused where it is wrong', (field, links) => {
  expect(wrongFields(links)).toEqual([field])
})
