import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  type GetFederationTokenCommandInput,
} from '@aws-sdk/client-sts'
import { describe, expect, test } from 'vitest'
import { bucket, type Credentials, refusalOf, startTestEmulator } from './test-emulator.ts'

type Scene = Awaited<ReturnType<typeof startTestEmulator>>

const RoleArn = 'arn:aws:iam::123456789012:role/uploader'

const dropPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
      Resource: `arn:aws:s3:::${bucket}/drop/*`,
    },
  ],
})

const credentialsOf = (answer: { Credentials?: object | undefined }): Credentials & { expiration: Date } => {
  const given = answer.Credentials as { [name: string]: string } & { Expiration: Date }
  return {
    accessKeyId: given.AccessKeyId ?? '',
    secretAccessKey: given.SecretAccessKey ?? '',
    sessionToken: given.SessionToken ?? '',
    expiration: given.Expiration,
  }
}

const federationToken = (scene: Scene, overrides: Partial<GetFederationTokenCommandInput> = {}) =>
  scene.stsAs(scene.emulator).send(new GetFederationTokenCommand({ Name: 'someone', Policy: dropPolicy, ...overrides }))

const at = (Key: string) => ({ Bucket: bucket, Key })
const denied = { code: 'AccessDenied', status: 403 }

describe('A federation token', () => {
  test('may do what its policy says under its prefix', async () => {
    await using scene = await startTestEmulator()
    const answer = await federationToken(scene)
    expect(answer.FederatedUser?.Arn).toBe('arn:aws:sts::123456789012:federated-user/someone')
    expect(answer.PackedPolicySize).toBeGreaterThan(0)
    const s3 = scene.s3As(credentialsOf(answer))
    await s3.send(new PutObjectCommand({ ...at('drop/small'), Body: 'x' }))
    const { UploadId } = await s3.send(
      new CreateMultipartUploadCommand({ ...at('drop/large'), ChecksumAlgorithm: 'CRC32' }),
    )
    await s3.send(new UploadPartCommand({ ...at('drop/large'), UploadId, PartNumber: 1, Body: 'x' }))
    const listed = await s3.send(new ListPartsCommand({ ...at('drop/large'), UploadId }))
    expect(listed.Parts).toHaveLength(1)
    await s3.send(new AbortMultipartUploadCommand({ ...at('drop/large'), UploadId }))
  })

  test('may do nothing else, and learns nothing about what is there', async () => {
    await using scene = await startTestEmulator()
    await scene.s3.send(new PutObjectCommand({ ...at('other/secret'), Body: 'x' }))
    const s3 = scene.s3As(credentialsOf(await federationToken(scene)))
    await s3.send(new PutObjectCommand({ ...at('drop/mine'), Body: 'x' }))
    const attempts = [
      () => s3.send(new PutObjectCommand({ ...at('other/secret'), Body: 'y' })),
      () => s3.send(new PutObjectCommand({ ...at('drop'), Body: 'y' })),
      () => s3.send(new PutObjectCommand({ ...at('drop/tagged'), Body: 'y', Tagging: 'a=1' })),
      () => s3.send(new GetObjectCommand(at('drop/mine'))),
      () => s3.send(new GetObjectCommand(at('drop/missing'))),
      () => s3.send(new ListObjectsV2Command({ Bucket: bucket })),
      () => s3.send(new ListObjectsV2Command({ Bucket: 'no-such-bucket' })),
    ]
    for (const attempt of attempts) expect(await refusalOf(attempt())).toEqual(denied)
    // A key is opaque: dots in it lead nowhere.
    await s3.send(new PutObjectCommand({ ...at('drop/../other/secret'), Body: 'y' }))
    for (const key of ['drop/mine', 'drop/missing'])
      expect(await refusalOf(s3.send(new HeadObjectCommand(at(key))))).toMatchObject({ status: 403 })
    const deletion = { Bucket: bucket, Delete: { Objects: [{ Key: 'drop/mine' }, { Key: 'other/secret' }] } }
    const { Deleted = [], Errors } = await s3.send(new DeleteObjectsCommand(deletion))
    expect(Deleted).toEqual([])
    expect(Errors?.map(({ Code }) => Code)).toEqual(['AccessDenied', 'AccessDenied'])
    const secret = await scene.s3.send(new GetObjectCommand(at('other/secret')))
    expect(await secret.Body?.transformToString()).toBe('x')
  })

  test('without a policy may do nothing', async () => {
    await using scene = await startTestEmulator()
    const s3 = scene.s3As(credentialsOf(await federationToken(scene, { Policy: undefined })))
    expect(await refusalOf(s3.send(new PutObjectCommand({ ...at('drop/a'), Body: 'x' })))).toEqual(denied)
  })

  test('ends when it was said to end', async () => {
    let ahead = 0
    await using scene = await startTestEmulator({ now: () => Date.now() + ahead })
    const credentials = credentialsOf(await federationToken(scene, { DurationSeconds: 1_000 }))
    expect(Math.abs(credentials.expiration.getTime() - Date.now() - 1_000_000)).toBeLessThan(5_000)
    const put = () => {
      const s3 = scene.s3As({ ...credentials }, { systemClockOffset: ahead })
      return s3.send(new PutObjectCommand({ ...at('drop/a'), Body: 'x' }))
    }
    ahead = 990_000
    await put()
    ahead = 1_001_000
    expect(await refusalOf(put())).toEqual({ code: 'ExpiredToken', status: 400 })
  })

  test('that was altered, or belongs to another key, is no token', async () => {
    await using scene = await startTestEmulator()
    const one = credentialsOf(await federationToken(scene))
    const two = credentialsOf(await federationToken(scene))
    const put = (credentials: Credentials) =>
      scene.s3As(credentials).send(new PutObjectCommand({ ...at('drop/a'), Body: 'x' }))
    const token = one.sessionToken ?? ''
    const flipped = token.slice(0, 60) + (token[60] === 'A' ? 'B' : 'A') + token.slice(61)
    const invalid = { code: 'InvalidToken', status: 400 }
    expect(await refusalOf(put({ ...one, sessionToken: flipped }))).toEqual(invalid)
    expect(await refusalOf(put({ ...one, sessionToken: 'garbage' }))).toEqual(invalid)
    expect(await refusalOf(put({ ...one, sessionToken: two.sessionToken ?? '' }))).toEqual(invalid)
    expect(await refusalOf(put({ ...one, secretAccessKey: two.secretAccessKey }))).toMatchObject({
      code: 'SignatureDoesNotMatch',
    })
    const { sessionToken: _token, ...bare } = one
    expect(await refusalOf(put(bare))).toEqual({ code: 'InvalidAccessKeyId', status: 403 })
  })

  test.each([
    ['a name of one letter', { Name: 'x' }, 'ValidationError'],
    ['a name with a slash', { Name: 'a/b' }, 'ValidationError'],
    ['a name of 33 letters', { Name: 'x'.repeat(33) }, 'ValidationError'],
    ['less than 15 minutes', { DurationSeconds: 899 }, 'ValidationError'],
    ['more than 36 hours', { DurationSeconds: 129_601 }, 'ValidationError'],
    ['a policy of 2,049 characters', { Policy: dropPolicy + ' '.repeat(2_049 - dropPolicy.length) }, 'ValidationError'],
    ['a policy that is none', { Policy: '{}' }, 'MalformedPolicyDocument'],
    ['tags', { Tags: [{ Key: 'a', Value: 'b' }] }, 'NotImplemented'],
  ])('is not given for %s', async (_what, overrides, code) => {
    await using scene = await startTestEmulator()
    const { code: given } = await refusalOf(federationToken(scene, overrides))
    expect(given.replace(/Exception$/, '')).toBe(code)
  })

  test('may be shorter where a test asks for that', async () => {
    await using scene = await startTestEmulator({ minSessionSeconds: 1 })
    await federationToken(scene, { DurationSeconds: 1 })
  })

  test('is not given to a session', async () => {
    await using scene = await startTestEmulator()
    const sts = scene.stsAs(credentialsOf(await federationToken(scene)))
    expect(await refusalOf(sts.send(new GetFederationTokenCommand({ Name: 'again' })))).toEqual(denied)
    expect(await refusalOf(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'x2' })))).toEqual(denied)
  })
})

describe('An assumed role', () => {
  test('may do what its session policy says, and may pass less on for an hour at most', async () => {
    await using scene = await startTestEmulator()
    const assume = { RoleArn, RoleSessionName: 'session' }
    const whole = credentialsOf(await scene.stsAs(scene.emulator).send(new AssumeRoleCommand(assume)))
    await scene.s3As(whole).send(new PutObjectCommand({ ...at('anywhere'), Body: 'x' }))
    const chained = scene.stsAs(whole)
    const answer = await chained.send(new AssumeRoleCommand({ ...assume, Policy: dropPolicy }))
    expect(answer.AssumedRoleUser?.Arn).toBe('arn:aws:sts::123456789012:assumed-role/uploader/session')
    const s3 = scene.s3As(credentialsOf(answer))
    await s3.send(new PutObjectCommand({ ...at('drop/a'), Body: 'x' }))
    expect(await refusalOf(s3.send(new PutObjectCommand({ ...at('anywhere'), Body: 'x' })))).toEqual(denied)
    const long = new AssumeRoleCommand({ ...assume, DurationSeconds: 3_601 })
    expect((await refusalOf(chained.send(long))).code).toMatch(/^ValidationError/)
  })
})

describe('GetCallerIdentity', () => {
  test('says who asks, whatever they may do', async () => {
    await using scene = await startTestEmulator()
    const who = async (credentials: Credentials) =>
      (await scene.stsAs(credentials).send(new GetCallerIdentityCommand({}))).Arn
    expect(await who(scene.emulator)).toBe('arn:aws:iam::123456789012:user/longshore')
    expect(await who(credentialsOf(await federationToken(scene)))).toMatch(/federated-user\/someone$/)
    const wrong = scene.stsAs({ ...scene.emulator, accessKeyId: 'AKIAUNKNOWN' })
    expect(await refusalOf(wrong.send(new GetCallerIdentityCommand({})))).toMatchObject({
      code: 'InvalidClientTokenId',
      status: 403,
    })
  })
})
