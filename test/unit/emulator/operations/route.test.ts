import { describe, expect, test } from 'vitest'
import { routeOf } from '../../../../src/emulator/operations/route.ts'

const route = (method: string, target: 'service' | 'bucket' | 'object', ...parameterNames: string[]) =>
  routeOf({ method, target, parameterNames, copies: false })

describe('A request', () => {
  test('is the operation that its subresource names, whatever else is in the query', () => {
    expect(route('PUT', 'object', 'partNumber', 'uploadId', 'x-id')).toBe('UploadPart')
    expect(route('PUT', 'object', 'x-id', 'X-Amz-Signature')).toBe('PutObject')
    expect(route('GET', 'bucket', 'prefix', 'list-type')).toBe('ListObjectsV2')
  })

  test.each([
    ['PUT', 'acl'],
    ['PUT', 'tagging'],
    ['PUT', 'retention'],
    ['PUT', 'partNumber'],
    ['PUT', 'uploadId'],
    ['DELETE', 'tagging'],
    ['DELETE', 'versionId'],
    ['GET', 'versionId'],
    ['GET', 'partNumber'],
  ])('to %s ?%s of an object is never taken for the plain one', (method, parameterName) => {
    expect(() => route(method, 'object', parameterName)).toThrow(expect.objectContaining({ code: 'NotImplemented' }))
  })

  test('with a method that S3 has not is not allowed', () => {
    expect(() => route('PATCH', 'object')).toThrow(expect.objectContaining({ code: 'MethodNotAllowed' }))
    expect(() => route('constructor', 'object')).toThrow(expect.objectContaining({ code: 'MethodNotAllowed' }))
  })
})
