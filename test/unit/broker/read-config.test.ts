import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrokerConfig } from '../../../src/broker/config.ts'
import { readConfig } from '../../../src/broker/read-config.ts'

const secret = 'a secret of the tests, 32 bytes long'
const complete = {
  tokens: [{ token: 'token-one', subject: 'user-1', label: 'One' }],
  store: { bucket: 'uploads', region: 'eu-central-1' },
  purposes: [{ name: 'drop', label: 'Drop' }],
} satisfies Omit<BrokerConfig, 'signingSecret'>

describe('the configuration', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'longshore-broker-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const read = (fields: unknown, environment: Record<string, string> = { LONGSHORE_SIGNING_SECRET: secret }) => {
    const file = join(folder, 'broker.json')
    writeFileSync(file, typeof fields === 'string' ? fields : JSON.stringify(fields))
    return readConfig({ LONGSHORE_BROKER_CONFIG: file, ...environment })
  }
  const problemsOf = (result: ReturnType<typeof readConfig>) => (result.ok ? [] : result.failure)
  const fieldsRefused = (result: ReturnType<typeof readConfig>) =>
    problemsOf(result).map((problem) => problem.split(': ')[0])

  it('is read from a file and gets its defaults', () => {
    expect(read(complete)).toEqual({
      ok: true,
      value: {
        name: 'Longshore',
        host: '127.0.0.1',
        port: 8080,
        signingSecret: secret,
        tokens: complete.tokens,
        store: { bucket: 'uploads', region: 'eu-central-1', endpoint: null, addressing: 'virtual_host' },
        sts: { endpoint: null },
        purposes: [
          {
            name: 'drop',
            label: 'Drop',
            keyTemplate: { prefix: 'drops/{uuid}/', suffix: '{id}/{path}' },
            maxSize: 50_000_000_000_000,
          },
        ],
        sessionSeconds: 3_600,
        renewDays: 14,
        logLevel: 'info',
      },
    })
  })

  it('needs no file where the environment says everything, and the environment wins', () => {
    const environment = {
      LONGSHORE_SIGNING_SECRET: secret,
      LONGSHORE_BROKER_TOKENS: JSON.stringify(complete.tokens),
      LONGSHORE_BROKER_PURPOSES: JSON.stringify(complete.purposes),
      LONGSHORE_BROKER_PORT: '0',
      LONGSHORE_BUCKET: 'other-bucket',
      LONGSHORE_REGION: 'eu-west-1',
    }
    expect(readConfig(environment)).toMatchObject({
      ok: true,
      value: { port: 0, store: { bucket: 'other-bucket', region: 'eu-west-1' }, tokens: complete.tokens },
    })
    expect(read(complete, { ...environment, LONGSHORE_BROKER_TOKENS: '[]' })).toMatchObject({
      ok: true,
      value: { store: { bucket: 'other-bucket' }, tokens: [] },
    })
  })

  it.each<[string, Record<string, unknown>]>([
    ['port', { port: 70_000 }],
    ['port', { port: '8080' }],
    ['tokens[0].token', { tokens: [{ token: 'with space', subject: 'user-1', label: 'One' }] }],
    ['tokens', { tokens: [...complete.tokens, ...complete.tokens] }],
    ['store.bucket', { store: { ...complete.store, bucket: 'up*' } }],
    ['store.endpoint', { store: { ...complete.store, endpoint: 'http://store.example' } }],
    ['store.publicEndpoint', { store: { ...complete.store, publicEndpoint: 'ftp://store.example' } }],
    ['sts.endpoint', { sts: { endpoint: 'sts' } }],
    ['sts.roleArn', { sts: { roleArn: 'uploader' } }],
    ['sts.roleArn', { sts: { roleArn: 'arn:aws:iam::123456789012:user/uploader' } }],
    ['purposes', { purposes: [] }],
    ['purposes', { purposes: [...complete.purposes, ...complete.purposes] }],
    ['purposes[0].keyTemplate.prefix', { purposes: [withTemplate('drops/{name}/{uuid}/', '{id}')] }],
    ['purposes[0].keyTemplate.suffix', { purposes: [withTemplate('drops/{uuid}/', '{path}')] }],
    ['purposes[0].maxSize', { purposes: [{ ...complete.purposes[0], maxSize: -1 }] }],
    ['sessionSeconds', { sessionSeconds: 899 }],
    ['sessionSeconds', { sessionSeconds: 129_601 }],
    ['sessionSeconds', { sessionSeconds: 43_201, sts: { roleArn: 'arn:aws:iam::123456789012:role/uploader' } }],
    ['renewDays', { renewDays: -1 }],
    ['awsCredentials.secretAccessKey', { awsCredentials: { accessKeyId: 'AKIAEXAMPLE' } }],
    ['configuration', { unheardOf: 1 }],
  ])('is refused with the name of the field %s', (field, change) => {
    expect(fieldsRefused(read({ ...complete, ...change }))).toEqual([field])
  })

  it('names everything that is wrong at once, and no value', () => {
    const problems = problemsOf(
      read({ ...complete, port: -1, renewDays: 'many' }, { LONGSHORE_SIGNING_SECRET: 'hush' }),
    )
    expect(problems.map((problem) => problem.split(': ')[0]).sort()).toEqual(['port', 'renewDays', 'signingSecret'])
    expect(problems.join()).not.toContain('hush')
  })

  it('allows sessions shorter than those of AWS where STS is another', () => {
    expect(read({ ...complete, sessionSeconds: 3, sts: { endpoint: 'http://127.0.0.1:9000' } }).ok).toBe(true)
  })

  it.each([
    'arn:aws:iam::123456789012:role/uploads/longshore@2',
    'arn:aws-cn:iam::123456789012:role/uploader',
    'arn:aws:iam:::role/uploader',
  ])('takes the role %s from the environment', (roleArn) => {
    const environment = { LONGSHORE_SIGNING_SECRET: secret, LONGSHORE_STS_ROLE_ARN: roleArn }
    expect(read(complete, environment)).toMatchObject({ ok: true, value: { sts: { endpoint: null, roleArn } } })
  })

  it('refuses static tokens in production', () => {
    const environment = { LONGSHORE_SIGNING_SECRET: secret, NODE_ENV: 'production' }
    expect(fieldsRefused(read(complete, environment))).toEqual(['tokens'])
    expect(read({ ...complete, tokens: [] }, environment).ok).toBe(true)
  })

  it.each([
    ['LONGSHORE_BROKER_CONFIG', () => readConfig({ LONGSHORE_BROKER_CONFIG: join(folder, 'missing.json') })],
    ['LONGSHORE_BROKER_CONFIG', () => read('{"name": ')],
    ['LONGSHORE_BROKER_CONFIG', () => read([])],
    ['LONGSHORE_BROKER_PORT', () => readConfig({ LONGSHORE_BROKER_PORT: 'eighty' })],
    ['LONGSHORE_BROKER_TOKENS', () => readConfig({ LONGSHORE_BROKER_TOKENS: 'token-one' })],
  ])('that cannot be read is refused with the name of %s', (variable, make) => {
    expect(fieldsRefused(make())).toEqual([variable])
  })
})

function withTemplate(prefix: string, suffix: string) {
  return { name: 'drop', label: 'Drop', keyTemplate: { prefix, suffix } }
}
