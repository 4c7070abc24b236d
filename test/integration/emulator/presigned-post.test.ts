import { GetObjectCommand, GetObjectTaggingCommand, HeadObjectCommand } from '@aws-sdk/client-s3'
import { GetFederationTokenCommand } from '@aws-sdk/client-sts'
import { createPresignedPost, type PresignedPostOptions } from '@aws-sdk/s3-presigned-post'
import { describe, expect, test } from 'vitest'
import { sendRaw } from './signed-request.ts'
import { bucket, startTestEmulator } from './test-emulator.ts'

type Scene = Awaited<ReturnType<typeof startTestEmulator>>
type Alter = {
  readonly fields?: Record<string, string>
  readonly without?: string
  readonly file?: string
  readonly fileName?: string
  readonly bucket?: string
}

const key = 'folder/key.txt'
const type = { 'Content-Type': 'text/plain' }

const sign = ({ s3 }: Scene, options: Partial<PresignedPostOptions> = {}) =>
  createPresignedPost(s3, { Bucket: bucket, Key: key, Fields: type, Expires: 900, ...options })

/** Posts what was signed, altered or not. */
async function post(
  { url, fields }: Awaited<ReturnType<typeof createPresignedPost>>,
  { fields: other = {}, without, file = 'hello', fileName = 'local.txt', bucket: elsewhere }: Alter = {},
) {
  const form = new FormData()
  for (const [name, value] of Object.entries({ ...fields, ...other })) if (name !== without) form.append(name, value)
  form.append('file', new Blob([file]), fileName)
  const address = elsewhere === undefined ? url : url.replace(bucket, elsewhere)
  const answer = await fetch(address, { method: 'POST', body: form })
  const body = await answer.text()
  return { status: answer.status, code: /<Code>(\w+)<\/Code>/.exec(body)?.[1] ?? null, headers: answer.headers, body }
}

describe('A POST form', () => {
  test('stores its file with what its fields say of it', async () => {
    await using scene = await startTestEmulator()
    const Fields = {
      ...type,
      'x-amz-meta-camera': 'one',
      'x-amz-storage-class': 'STANDARD_IA',
      'x-amz-server-side-encryption': 'AES256',
      'x-amz-checksum-crc32': 'NhCmhg==',
      tagging: '<Tagging><TagSet><Tag><Key>a &amp; b</Key><Value>c</Value></Tag></TagSet></Tagging>',
    }
    const answer = await post(await sign(scene, { Fields }))
    expect(answer).toMatchObject({ status: 204, body: '' })
    const object = { Bucket: bucket, Key: key }
    const head = await scene.s3.send(new HeadObjectCommand({ ...object, ChecksumMode: 'ENABLED' }))
    expect(head).toMatchObject({
      ETag: answer.headers.get('etag'),
      ContentType: 'text/plain',
      ContentLength: 5,
      StorageClass: 'STANDARD_IA',
      ServerSideEncryption: 'AES256',
      Metadata: { camera: 'one' },
      ChecksumCRC32: 'NhCmhg==',
    })
    const { TagSet } = await scene.s3.send(new GetObjectTaggingCommand(object))
    expect(TagSet).toEqual([{ Key: 'a & b', Value: 'c' }])
    const { Body } = await scene.s3.send(new GetObjectCommand(object))
    expect(await Body?.transformToString()).toBe('hello')
  })

  test('is answered as it asks to be', async () => {
    await using scene = await startTestEmulator()
    const answerTo = async (success_action_status: string) =>
      post(await sign(scene, { Fields: { ...type, success_action_status } }))
    expect(await answerTo('200')).toMatchObject({ status: 200, body: '' })
    expect(await answerTo('204')).toMatchObject({ status: 204 })
    expect(await answerTo('500')).toMatchObject({ status: 204 })
    const created = await answerTo('201')
    expect(created.status).toBe(201)
    expect(created.body).toMatch(`<Bucket>${bucket}</Bucket><Key>${key}</Key>`)
    expect(created.body).toMatch(/<ETag>&quot;[0-9a-f]{32}&quot;<\/ETag>/)
  })

  test.each([
    ['another key', { fields: { key: 'other' } }, 403, 'AccessDenied'],
    ['another type', { fields: { 'Content-Type': 'text/html' } }, 403, 'AccessDenied'],
    ['a field that the policy does not name', { fields: { 'x-amz-meta-added': 'since' } }, 403, 'AccessDenied'],
    ['a field less', { without: 'Content-Type' }, 403, 'AccessDenied'],
    ['another date', { fields: { 'X-Amz-Date': '20260101T000000Z' } }, 400, null],
    ['a signature of its own', { fields: { 'X-Amz-Signature': '0'.repeat(64) } }, 403, 'SignatureDoesNotMatch'],
    ['no policy', { without: 'Policy' }, 403, 'AccessDenied'],
    ['no signature', { without: 'X-Amz-Signature' }, 400, 'InvalidArgument'],
    ['another bucket', { bucket: 'elsewhere' }, 403, 'AccessDenied'],
    [
      'a policy of its own',
      { fields: { Policy: Buffer.from('{"expiration":"2099-01-01T00:00:00Z","conditions":[]}').toString('base64') } },
      403,
      'SignatureDoesNotMatch',
    ],
  ] as const)('with %s is refused', async (_what, alter, status, code) => {
    await using scene = await startTestEmulator()
    const answer = await post(await sign(scene), alter)
    expect(answer).toMatchObject({ status, ...(code !== null && { code }) })
    await expect(scene.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    })
  })

  test('takes no file outside of the length range, and no other bytes than its checksum’s', async () => {
    await using scene = await startTestEmulator()
    const Conditions: PresignedPostOptions['Conditions'] = [['content-length-range', 5, 6]]
    const signed = await sign(scene, { Conditions, Fields: { ...type, 'x-amz-checksum-crc32': 'NhCmhg==' } })
    expect(await post(signed, { file: 'hell' })).toMatchObject({ status: 400, code: 'EntityTooSmall' })
    expect(await post(signed, { file: 'hello!!' })).toMatchObject({ status: 400, code: 'EntityTooLarge' })
    expect(await post(signed, { file: 'HELLO' })).toMatchObject({ status: 400, code: 'BadDigest' })
    expect(await post(signed)).toMatchObject({ status: 204 })
  })

  test('may have what starts as the policy says', async () => {
    await using scene = await startTestEmulator()
    const Conditions: PresignedPostOptions['Conditions'] = [
      ['starts-with', '$Content-Type', 'image/'],
      ['starts-with', '$x-amz-meta-note', ''],
      ['eq', '$success_action_status', '200'],
    ]
    const signed = await sign(scene, { Fields: {}, Conditions })
    const fields = { success_action_status: '200', 'x-amz-meta-note': 'any', 'x-ignore-this': 'x' }
    const as = (contentType: string) => post(signed, { fields: { ...fields, 'Content-Type': contentType } })
    expect(await as('image/png')).toMatchObject({ status: 200 })
    expect(await as('image/png,image/gif')).toMatchObject({ status: 200 })
    expect(await as('text/html')).toMatchObject({ status: 403, code: 'AccessDenied' })
    expect(await as('image/png,text/html')).toMatchObject({ status: 403, code: 'AccessDenied' })
  })

  test('gets its file’s name into its key before the policy is looked at', async () => {
    await using scene = await startTestEmulator()
    // biome-ignore lint/suspicious/noTemplateCurlyInString: S3's own spelling
    const signed = await sign(scene, { Key: 'folder/${filename}' })
    expect(await post(signed, { fileName: 'scan.tiff' })).toMatchObject({ status: 204 })
    const stored = await scene.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'folder/scan.tiff' }))
    expect(stored.ContentLength).toBe(5)
  })

  test('ends with its policy', async () => {
    let ahead = 0
    await using scene = await startTestEmulator({ now: () => Date.now() + ahead })
    const signed = await sign(scene, { Expires: 60 })
    // its end is cut to whole seconds
    ahead = 50_000
    expect(await post(signed)).toMatchObject({ status: 204 })
    ahead = 61_000
    const late = await post(signed)
    expect(late).toMatchObject({ status: 403, code: 'AccessDenied' })
    expect(late.body).toMatch('Policy expired')
  })

  test('can do no more than the session that signed it', async () => {
    await using scene = await startTestEmulator()
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:PutObject', Resource: `arn:aws:s3:::${bucket}/folder/*` }],
    })
    const { Credentials } = await scene
      .stsAs(scene.emulator)
      .send(new GetFederationTokenCommand({ Name: 'someone', Policy }))
    const s3 = scene.s3As({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    })
    const signed = (Key: string) => createPresignedPost(s3, { Bucket: bucket, Key })
    expect(await post(await signed('folder/key'))).toMatchObject({ status: 204 })
    expect(await post(await signed('elsewhere/key'))).toMatchObject({ status: 403, code: 'AccessDenied' })
    expect(await post(await signed('folder/key'), { without: 'X-Amz-Security-Token' })).toMatchObject({
      status: 403,
      code: 'InvalidAccessKeyId',
    })
  })

  test('that is none gets an answer that says so', async () => {
    await using scene = await startTestEmulator()
    const { endpoint } = scene.emulator
    const sent = (contentType: string, body: string) =>
      sendRaw(endpoint, {
        method: 'POST',
        path: `/${bucket}`,
        headers: { 'content-type': contentType, 'content-length': String(body.length) },
        body,
      })
    expect(await sent('text/plain', 'hello')).toMatchObject({ status: 412, code: 'PreconditionFailed' })
    expect(await sent('multipart/form-data', 'hello')).toMatchObject({ status: 400, code: 'MalformedPOSTRequest' })
    expect(await sent('multipart/form-data; boundary=x', 'hello')).toMatchObject({
      status: 400,
      code: 'MalformedPOSTRequest',
    })
    const empty = '--x\r\nContent-Disposition: form-data; name="key"\r\n\r\na\r\n--x--\r\n'
    expect(await sent('multipart/form-data; boundary=x', empty)).toMatchObject({ status: 400, code: 'InvalidArgument' })
  })
})
