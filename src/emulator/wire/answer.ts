import { writeXml, type Xml } from './xml.ts'

/** What an operation answers. A body that is iterated is streamed, and its length must be in the headers. */
export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | AsyncIterable<Uint8Array>
}

const s3Namespace = 'http://s3.amazonaws.com/doc/2006-03-01/'

/** 200 with a document in S3's namespace. */
export const xmlAnswer = (
  root: string,
  content: { readonly [name: string]: Xml },
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml', ...headers },
  body: writeXml(root, s3Namespace, content),
})

export const emptyAnswer = (status: number, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers,
  body: '',
})
