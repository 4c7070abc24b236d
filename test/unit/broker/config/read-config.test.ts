import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrokerConfig, brokerConfigSchema } from '../../../../src/broker/config/config.ts'
import { readConfig } from '../../../../src/broker/config/read-config.ts'
import { variables } from '../../../../src/broker/config/variables.ts'

const secret = 'a secret of the tests, 32 bytes long'
const complete = {
  tokens: [{ token: 'token-one', subject: 'user-1', label: 'One' }],
  store: { bucket: 'uploads', region: 'eu-central-1' },
  purposes: [{ name: 'drop', label: 'Drop' }],
} satisfies Omit<BrokerConfig, 'signingSecret'>
const oidc = { issuer: 'https://sign-in.example', audience: 'https://uploads.example' }

const webhookSecret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`

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
        drainSeconds: 0,
        signingSecret: secret,
        trustedProxies: [],
        tokens: complete.tokens,
        store: {
          bucket: 'uploads',
          region: 'eu-central-1',
          endpoint: null,
          publicEndpoint: null,
          addressing: 'virtual_host',
          accelerate: false,
          dualStack: false,
        },
        sts: { endpoint: null },
        purposes: [
          {
            name: 'drop',
            label: 'Drop',
            kind: 'federation_token',
            method: 'put',
            keyTemplate: { prefix: 'drops/{uuid}/', suffix: '{id}/{path}' },
            maxSize: 50_000_000_000_000,
            options: {},
            conditions: {},
            invitations: false,
          },
        ],
        limits: { user: {}, device: {} },
        webhooks: [],
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
    expect(
      read(complete, {
        ...environment,
        LONGSHORE_BROKER_TOKENS: '[]',
        LONGSHORE_OIDC_ISSUER: oidc.issuer,
        LONGSHORE_OIDC_AUDIENCE: oidc.audience,
      }),
    ).toMatchObject({
      ok: true,
      value: { store: { bucket: 'other-bucket' }, tokens: [], oidc },
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
    ['oidc.issuer', { oidc: { ...oidc, issuer: 'http://sign-in.example' } }],
    ['oidc.issuer', { oidc: { ...oidc, issuer: 'https://sign-in.example/#fragment' } }],
    ['oidc.algorithms[0]', { oidc: { ...oidc, algorithms: ['HS256'] } }],
    ['oidc.algorithms[0]', { oidc: { ...oidc, algorithms: ['none'] } }],
    ['oidc.scopes', { oidc: { ...oidc, scopes: [] } }],
    ['limits.user.bytesPerDay', { limits: { user: { bytesPerDay: 0 } } }],
    ['redisUrl', { redisUrl: 'http://counters.example' }],
    ['purposes', { purposes: [] }],
    ['webhooks', { webhooks: [{ url: 'https://hook.example', secret: webhookSecret, purposes: ['unheard-of'] }] }],
    ['purposes', { purposes: [...complete.purposes, ...complete.purposes] }],
    ['purposes[0].keyTemplate.prefix', { purposes: [withTemplate('drops/{name}/{uuid}/', '{id}')] }],
    ['purposes[0].keyTemplate.suffix', { purposes: [withTemplate('drops/{uuid}/', '{path}')] }],
    [
      'purposes[0].keyTemplate.prefix',
      {
        publicUrl: 'https://send.example',
        purposes: [
          { ...withTemplate('{userHash}/{folderHash}/', '{path}'), kind: 'presigned_multipart', invitations: true },
        ],
      },
    ],
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
    expect(read({ ...complete, tokens: [], oidc }, environment).ok).toBe(true)
  })

  it('refuses to start where nobody could sign in', () => {
    expect(fieldsRefused(read({ ...complete, tokens: [] }))).toEqual(['oidc'])
  })

  it.each([
    ['missing', null, 'denyFile: cannot be read (ENOENT)'],
    ['no JSON', '{', 'denyFile: is not JSON (line 1, column 2)'],
    ['misspelt', '{"subject": ["user-1"]}', 'denyFile: has no field subject'],
    ['with a device that is none', '{"devices": ["my laptop"]}', 'denyFile: devices[0] must be a UUID'],
  ])('refuses a deny file that is %s', (_name, text, problem) => {
    const denyFile = join(folder, 'deny.json')
    rmSync(denyFile, { force: true })
    if (text !== null) writeFileSync(denyFile, text)
    expect(problemsOf(read({ ...complete, denyFile }))).toEqual([problem])
  })

  it('takes every field from the environment, each as it is written there', () => {
    const denyFile = join(folder, 'deny.json')
    writeFileSync(denyFile, '{}')
    const environment = {
      LONGSHORE_SIGNING_SECRET: secret,
      LONGSHORE_BUCKET: 'uploads',
      LONGSHORE_REGION: 'eu-central-1',
      LONGSHORE_BROKER_PURPOSES: JSON.stringify(complete.purposes),
      LONGSHORE_METRICS_PORT: '9090',
      LONGSHORE_DRAIN_SECONDS: '5',
      LONGSHORE_PUBLIC_URL: 'https://send.example',
      LONGSHORE_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      LONGSHORE_OIDC_ISSUER: 'https://login.example',
      LONGSHORE_OIDC_AUDIENCE: 'longshore',
      LONGSHORE_OIDC_SCOPES: 'uploads',
      LONGSHORE_OIDC_ALGORITHMS: 'ES256,EdDSA',
      LONGSHORE_OIDC_CLOCK_TOLERANCE: '5',
      LONGSHORE_LIMITS: '{"user":{"filesPerDay":10}}',
      LONGSHORE_REDIS_URL: 'rediss://counters.example',
      LONGSHORE_DENY_FILE: denyFile,
      LONGSHORE_LINKS: '{"mostSeconds":60}',
      LONGSHORE_WEBHOOKS: `[{"url":"https://hook.example","secret":"${webhookSecret}"}]`,
      LONGSHORE_STORE_DUAL_STACK: 'true',
    }
    expect(readConfig(environment)).toMatchObject({
      ok: true,
      value: {
        metricsPort: 9090,
        drainSeconds: 5,
        publicUrl: 'https://send.example',
        trustedProxies: ['10.0.0.0/8', '::1'],
        oidc: {
          issuer: 'https://login.example',
          scopes: ['uploads'],
          algorithms: ['ES256', 'EdDSA'],
          clockTolerance: 5,
        },
        limits: { user: { filesPerDay: 10 }, device: {} },
        redisUrl: 'rediss://counters.example',
        denyFile,
        links: { mostSeconds: 60 },
        webhooks: [{ url: 'https://hook.example' }],
        store: { dualStack: true },
      },
    })
  })

  it('has a variable for each field, but for those that the AWS SDK reads by itself', () => {
    const named = new Set(variables.map(({ path: [name] }) => name))
    const fields = Object.keys(brokerConfigSchema.def.in.shape)
    expect(fields.filter((name) => !named.has(name))).toEqual(['awsCredentials'])
  })

  it('has each variable, and a variable for each field, once', () => {
    const of = (what: (variable: (typeof variables)[number]) => string) => new Set(variables.map(what)).size
    expect(of(({ variable }) => variable)).toBe(variables.length)
    expect(of(({ path }) => path.join('.'))).toBe(variables.length)
  })

  it.each([
    ['["realm_access","roles"]', ['realm_access', 'roles']],
    ['https://example.com/groups', 'https://example.com/groups'],
  ])('takes the claim of groups %s from the environment, which may be inside of others', (text, groupsClaim) => {
    const environment = { LONGSHORE_SIGNING_SECRET: secret, LONGSHORE_OIDC_GROUPS_CLAIM: text }
    expect(read({ ...complete, oidc }, environment)).toMatchObject({ ok: true, value: { oidc: { groupsClaim } } })
  })

  it('takes a variable that is empty for one that is not set', () => {
    const environment = { LONGSHORE_SIGNING_SECRET: secret, LONGSHORE_BUCKET: '', LONGSHORE_REDIS_URL: '' }
    expect(read(complete, { ...environment, LONGSHORE_SIGNING_SECRET_FILE: '' })).toEqual(read(complete))
  })

  it.each<[string, Record<string, unknown>, Record<string, string>]>([
    ['store: is missing', { store: undefined }, {}],
    ['store.region: is missing', { store: { bucket: 'uploads' } }, {}],
    ['port: must be a number', { port: '8080' }, {}],
    ['LONGSHORE_BROKER_PORT: must be a number', {}, { LONGSHORE_BROKER_PORT: 'http' }],
    ['port: must be a whole number', { port: 80.5 }, {}],
    ['port: must be at most 65535', { port: 70_000 }, {}],
    ['LONGSHORE_STORE_DUAL_STACK: must be true or false', {}, { LONGSHORE_STORE_DUAL_STACK: 'yes' }],
    ['purposes: must have at least 1 in it', { purposes: [] }, {}],
    ['purposes[0].label: must have at least 1 character', { purposes: [{ name: 'drop', label: '' }] }, {}],
    [
      'purposes[0].kind: must be one of federation_token, assumed_role, single_request, presigned_multipart',
      { purposes: [{ ...complete.purposes[0], kind: 'signed' }] },
      {},
    ],
    [
      'purposes[0].options.encryption.by: must be one of s3, kms',
      { purposes: [{ ...complete.purposes[0], options: { encryption: { by: 'me' } } }] },
      {},
    ],
    [
      'purposes[0].allow: must have subjects, scopes or groups; without allow a purpose is for everyone',
      { purposes: [{ ...complete.purposes[0], allow: {} }] },
      {},
    ],
    [
      'purposes[0].allow.groups: must have at least 1 in it',
      { purposes: [{ ...complete.purposes[0], allow: { groups: [] } }] },
      {},
    ],
    ['purposes[0]: has no field maxsize', { purposes: [{ ...complete.purposes[0], maxsize: 1 }] }, {}],
    ['trustedProxies[0]: must be an IP address, or a range of them (CIDR)', { trustedProxies: ['proxy'] }, {}],
    ['publicUrl: must have no query and no fragment', { publicUrl: 'https://send.example/?a=b' }, {}],
    ['publicUrl: must have no query and no fragment', { publicUrl: 'https://send.example/#a' }, {}],
    ['LONGSHORE_LINKS: is not JSON (line 2, column 1)', {}, { LONGSHORE_LINKS: '{"mostSeconds":60,\n}' }],
  ])('says plainly: %s', (problem, change, environment) => {
    const given = { LONGSHORE_SIGNING_SECRET: secret, ...environment }
    expect(problemsOf(read({ ...complete, ...change }, given))).toEqual([problem])
  })

  it.each([
    ['is not JSON (line 2, column 13)', '{\n  "port": 1 "host": "hush"\n}'],
    ['must hold an object', '["hush"]'],
  ])('of a file says that it %s', (problem, text) => {
    expect(problemsOf(read(text))).toEqual([`LONGSHORE_BROKER_CONFIG: ${problem}`])
  })

  it('takes a secret from the file that a container mounts, without the line that ends it', () => {
    const file = join(folder, 'secret')
    writeFileSync(file, `${secret}\n`)
    expect(read(complete, { LONGSHORE_SIGNING_SECRET_FILE: file })).toMatchObject({
      ok: true,
      value: { signingSecret: secret },
    })
    const both = { LONGSHORE_SIGNING_SECRET_FILE: file, LONGSHORE_SIGNING_SECRET: secret }
    expect(fieldsRefused(read(complete, both))).toEqual(['LONGSHORE_SIGNING_SECRET'])
    const missing = { LONGSHORE_SIGNING_SECRET_FILE: join(folder, 'missing') }
    expect(fieldsRefused(read(complete, missing))).toEqual(['LONGSHORE_SIGNING_SECRET_FILE'])
  })

  it('refuses a variable that is misspelt', () => {
    const environment = { LONGSHORE_SIGNING_SECRET: secret, LONGSHORE_RENEWDAYS: '3', PATH: '/bin' }
    expect(problemsOf(read(complete, environment))).toEqual(['LONGSHORE_RENEWDAYS: is no variable of the broker'])
  })

  it('repeats no value of a secret that is wrong, wherever it stands', () => {
    const word = 'do-not-tell'
    const environment = {
      LONGSHORE_SIGNING_SECRET: word,
      LONGSHORE_REDIS_URL: `http://:${word}@counters.example`,
      LONGSHORE_BROKER_TOKENS: `[{"token":"${word} ${word}","subject":"one","label":"One"}]`,
      LONGSHORE_WEBHOOKS: `[{"url":"http://${word}.example","secret":"${word}"}]`,
      LONGSHORE_LINKS: `{"cloudFront":{"url":"https://cdn.example","keyPairId":"K","privateKey":"${word}"}}`,
      LONGSHORE_TRUSTED_PROXIES: word,
      LONGSHORE_OIDC_ISSUER: `http://${word}.example`,
    }
    const problems = problemsOf(read(complete, environment))
    expect(problems.length).toBeGreaterThanOrEqual(8)
    expect(problems.join()).not.toContain(word)
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
