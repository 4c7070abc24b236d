// biome-ignore-all lint/suspicious/noTemplateCurlyInString: IAM's variables look like that
import { describe, expect, test } from 'vitest'
import type { Context } from '../../../../src/emulator/access/condition.ts'
import { parsePolicy, policyAllows } from '../../../../src/emulator/access/policy.ts'

type Statement = { Effect: string; Action: unknown; Resource: unknown; [field: string]: unknown }

const allow = (overrides: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action: 's3:PutObject',
  Resource: 'arn:aws:s3:::bucket/drop/*',
  ...overrides,
})

const when = (Condition: unknown) => allow({ Condition })

const allows = (
  statement: Statement | Statement[],
  action: string,
  resource: string,
  { version = '2012-10-17', context = {} }: { version?: string; context?: Context } = {},
) => {
  const policy = parsePolicy(JSON.stringify({ Version: version, Statement: statement }))
  if (policy === null) throw new Error('malformed')
  return policyAllows(policy, action, resource, context)
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
    expect(allows(literal, 's3:PutObject', 'arn:aws:s3:::bucket/a${x}b${y}c${$}', { version: '2008-10-17' })).toBe(true)
  })

  test.each<[string, object, Context, boolean]>([
    ['StringEquals', { 'aws:SourceVpce': ['vpce-1', 'vpce-2'] }, { 'aws:SourceVpce': 'vpce-2' }, true],
    ['StringEquals', { 'aws:SourceVpce': 'vpce-1' }, { 'aws:SourceVpce': 'vpce-12' }, false],
    ['StringEquals', { 'aws:SourceVpce': 'vpce-1' }, {}, false],
    ['StringLike', { 'kms:ViaService': 's3.*' }, { 'kms:ViaService': 's3.us-east-1.amazonaws.com' }, true],
    ['StringLike', { 'kms:ViaService': 's3.*' }, {}, false],
    ['IpAddress', { 'aws:SourceIp': ['192.0.2.0/24', '2001:db8::/32'] }, { 'aws:SourceIp': '192.0.2.255' }, true],
    ['IpAddress', { 'aws:SourceIp': ['192.0.2.0/24', '2001:db8::/32'] }, { 'aws:SourceIp': '2001:db8::1' }, true],
    ['IpAddress', { 'aws:SourceIp': '192.0.2.1' }, { 'aws:SourceIp': '192.0.2.2' }, false],
    ['IpAddress', { 'aws:SourceIp': '0.0.0.0/0' }, {}, false],
    ['NotIpAddress', { 'aws:SourceIp': '192.0.2.0/24' }, { 'aws:SourceIp': '192.0.3.1' }, true],
    ['NotIpAddress', { 'aws:SourceIp': '192.0.2.0/24' }, { 'aws:SourceIp': '192.0.2.1' }, false],
    ['NotIpAddress', { 'aws:SourceIp': '192.0.2.0/24' }, {}, true],
    ['Bool', { 'aws:securetransport': true }, { 'aws:SecureTransport': 'true' }, true],
    ['Bool', { 'aws:SecureTransport': 'true' }, { 'aws:SecureTransport': 'false' }, false],
    ['Bool', { 'aws:SecureTransport': 'false' }, {}, false],
    ['Null', { 's3:if-none-match': 'true' }, {}, true],
    ['Null', { 's3:if-none-match': 'true' }, { 's3:if-none-match': '*' }, false],
    ['Null', { 's3:if-none-match': 'false' }, { 's3:if-none-match': '*' }, true],
  ])('holds %s %j against %j: %s', (operator, keys, context, expected) => {
    const statement = when({ [operator]: keys })
    expect(allows(statement, 's3:PutObject', 'arn:aws:s3:::bucket/drop/a', { context })).toBe(expected)
  })

  test('asks for all conditions and all keys of a statement', () => {
    const statement = when({ Bool: { 'aws:SecureTransport': 'true' }, IpAddress: { 'aws:SourceIp': '192.0.2.1' } })
    const within = (context: Context) => allows(statement, 's3:PutObject', 'arn:aws:s3:::bucket/drop/a', { context })
    expect(within({ 'aws:SecureTransport': 'true', 'aws:SourceIp': '192.0.2.1' })).toBe(true)
    expect(within({ 'aws:SecureTransport': 'true' })).toBe(false)
    expect(within({ 'aws:SecureTransport': 'false', 'aws:SourceIp': '192.0.2.1' })).toBe(false)
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
    [
      'an operator that is not known',
      JSON.stringify({ Statement: when({ StringNotLike: { 'aws:SourceVpce': 'a' } }) }),
    ],
    [
      'a condition key that is not known',
      JSON.stringify({ Statement: when({ StringEquals: { 'aws:username': 'a' } }) }),
    ],
    ['a variable in a condition', JSON.stringify({ Statement: when({ StringLike: { 'aws:SourceVpce': '${a}' } }) })],
    ['an address that is none', JSON.stringify({ Statement: when({ IpAddress: { 'aws:SourceIp': '192.0.2.0/33' } }) })],
    ['a truth that is none', JSON.stringify({ Statement: when({ Bool: { 'aws:SecureTransport': 'yes' } }) })],
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
