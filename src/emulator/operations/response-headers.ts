import { S3Error } from '../s3-error.ts'
import { parameter, type ReceivedRequest } from '../wire/received-request.ts'

const overridable = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
]

/**
 * The headers that a Get or Head asks for in place of the object's own, by `response-` parameters (the S3 API reference of
 * GetObject). Throws InvalidArgument for a value that no header can have.
 */
export const responseHeaders = (request: ReceivedRequest): Record<string, string> =>
  Object.fromEntries(
    overridable.flatMap((name) => {
      const value = parameter(request, `response-${name}`)
      if (value === undefined) return []
      if (/[^\x20-\x7e\xa0-\xff]/.test(value))
        throw new S3Error('InvalidArgument', 'Header value cannot be represented using ISO-8859-1.', {
          ArgumentName: `response-${name}`,
        })
      return [[name, value]]
    }),
  )
