// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are hostile input here
import { describe, expect, it } from 'vitest'
import { sessionPolicy } from '../../../src/broker/session-policy.ts'

describe('the session policy', () => {
  it('allows the three writing actions under the prefix and nothing else', () => {
    expect(JSON.parse(sessionPolicy('uploads', 'drops/a/'))).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
          Resource: 'arn:aws:s3:::uploads/drops/a/*',
        },
      ],
    })
  })

  it('is as short as STS wants it with the longest bucket and prefix of a template', () => {
    expect(sessionPolicy('b'.repeat(63), `${'p'.repeat(511)}/`).length).toBeLessThan(2_048)
  })

  it.each([
    ['upl*', 'drops/a/'],
    ['uploads', 'drops/*/'],
    ['uploads', 'drops/?/'],
    ['uploads', '${aws:username}/'],
    ['uploads', 'drops/a'],
    ['uploads', ''],
    ['uploads', `${'p'.repeat(2_000)}/`],
  ])('is not made for %s and %s', (bucket, prefix) => {
    expect(() => sessionPolicy(bucket, prefix)).toThrow(RangeError)
  })
})
