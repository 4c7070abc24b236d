import { randomUUID } from 'node:crypto'

/** What stands around a file in a form (RFC 7578), and the form's Content-Type. */
export type MultipartForm = { readonly contentType: string; readonly before: Buffer; readonly after: Buffer }

/** A form of S3's POST Object: its fields, and then the file. */
export function multipartForm(fields: Readonly<Record<string, string>>): MultipartForm {
  const boundary = `longshore-${randomUUID()}`
  const part = (disposition: string) => `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`
  const texts = Object.entries(fields).map(([name, text]) => `${part(`name="${name}"`)}\r\n${text}\r\n`)
  const file = `${part('name="file"; filename="file"')}Content-Type: application/octet-stream\r\n\r\n`
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    before: Buffer.from(texts.join('') + file),
    after: Buffer.from(`\r\n--${boundary}--\r\n`),
  }
}
