// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's variables look like that
import { describe, expect, test } from 'vitest'
import { parsePolicy, policyAllows } from '../../../../src/emulator/access/policy.ts'

type Statement = { Effect: string; Action: unknown; Resource: unknown; [field: string]: unknown }

const allow = (overrides: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action: 's3:PutObject',
  Resource: 'arn:aws:s3:::bucket/drop/*',
  ...overrides,
})

const allows = (statement: Statement | Statement[], action: string, resource: string, version = '2012-10-17') => {
  const policy = parsePolicy(JSON.stringify({ Version: version, Statement: statement }))
  if (policy === null) throw new Error('malformed')
  return policyAllows(policy, action, resource)
}

describe('A session policy', () => {
  test('allows what a statement names and nothing else', () => {
    expect(allows(allow(), 's3:PutObject', 'arn:aws:s3:::bucket/drop/a/b')).toBe(true)
    expect(allows(allow(), 's3:GetObject', 'arn:aws:s3:::bucket/drop/a/b')).toBe(false)
    expect(allows(allow(), 's3:PutObject', 'arn:aws:s3:::bucket/dropp')).toBe(false)
    expect(allows(allow(), 's3:PutObject', 'arn:aws:s3:::other/drop/a')).toBe(false)
    expect(allows(allow(), 's3:PutObjectTagging', 'arn:aws:s3:::bucket/drop/a')).toBe(false)
  })

  test('lets a Deny win, wherever it stands', () => {
    const deny = allow({ Effect: 'Deny', Resource: 'arn:aws:s3:::bucket/drop/secret/*' })
    for (const statements of [
      [allow(), deny],
      [deny, allow()],
    ]) {
      expect(allows(statements, 's3:PutObject', 'arn:aws:s3:::bucket/drop/open')).toBe(true)
      expect(allows(statements, 's3:PutObject', 'arn:aws:s3:::bucket/drop/secret/x')).toBe(false)
    }
  })

  test('compares actions without their case and resources with it', () => {
    expect(allows(allow({ Action: 'S3:putobject' }), 's3:PutObject', 'arn:aws:s3:::bucket/drop/a')).toBe(true)
    expect(allows(allow(), 's3:PutObject', 'arn:aws:s3:::bucket/DROP/a')).toBe(false)
  })

  test('knows * and ? in actions and resources', () => {
    const wild = allow({ Action: ['s3:*Part?', 's3:Put*'], Resource: '*' })
    expect(allows(wild, 's3:ListMultipartUploadParts', 'arn:aws:s3:::any')).toBe(true)
    expect(allows(wild, 's3:GetObject', 'arn:aws:s3:::any')).toBe(false)
    const one = allow({ Resource: 'arn:aws:s3:::bucket/?/*.bin' })
    expect(allows(one, 's3:PutObject', 'arn:aws:s3:::bucket/é/x/y.bin')).toBe(true)
    expect(allows(one, 's3:PutObject', 'arn:aws:s3:::bucket/ab/y.bin')).toBe(false)
  })

  test('reads ${*}, ${?} and ${$} as plain characters, but only in the version that has variables', () => {
    const literal = allow({ Resource: 'arn:aws:s3:::bucket/a${*}b${?}c${$}' })
    expect(allows(literal, 's3:PutObject', 'arn:aws:s3:::bucket/a*b?c$')).toBe(true)
    expect(allows(literal, 's3:PutObject', 'arn:aws:s3:::bucket/aXXb?c$')).toBe(false)
    expect(allows(literal, 's3:PutObject', 'arn:aws:s3:::bucket/a${x}b${y}c${$}', '2008-10-17')).toBe(true)
  })

  test('gives nothing by a variable that has no value here', () => {
    const variable = allow({ Resource: 'arn:aws:s3:::bucket/${aws:username}*' })
    expect(allows(variable, 's3:PutObject', 'arn:aws:s3:::bucket/anything')).toBe(false)
  })

  test.each([
    ['not JSON', '{'],
    ['no statement', '{"Version":"2012-10-17"}'],
    ['an empty list of statements', '{"Version":"2012-10-17","Statement":[]}'],
    ['an unknown effect', JSON.stringify({ Statement: allow({ Effect: 'allow' }) })],
    ['an action of no service', JSON.stringify({ Statement: allow({ Action: 'PutObject' }) })],
    ['a resource that is no ARN', JSON.stringify({ Statement: allow({ Resource: 'bucket/*' }) })],
    ['a Principal', JSON.stringify({ Statement: allow({ Principal: '*' }) })],
    ['a Condition, which could not be enforced', JSON.stringify({ Statement: allow({ Condition: {} }) })],
    ['an unknown version', JSON.stringify({ Version: '2020-01-01', Statement: allow() })],
  ])('is refused with %s', (_what, text) => {
    expect(parsePolicy(text)).toBeNull()
  })

  test('is evaluated in moderate time, however many stars it has', () => {
    const stars = allow({ Resource: `arn:aws:s3:::bucket/${'*a'.repeat(500)}b` })
    const started = performance.now()
    expect(allows(stars, 's3:PutObject', `arn:aws:s3:::bucket/${'a'.repeat(1_000)}`)).toBe(false)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})
