import { readFile } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

/** The scheme and origin of the app's own page: a real origin of its own, which `file:` is not. */
export const pageScheme = 'longshore'
export const pageOrigin = `${pageScheme}://app`

/** Nothing but what came with the app: no other origin, no inline script or style, no eval, no network. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
}

/** Answers requests of the page's origin with the files of `folder`; 404 for all else. */
export function pageResponder(folder: string): (request: { readonly url: string }) => Promise<Response> {
  return async ({ url }) => {
    const { host, pathname } = new URL(url)
    const path = join(folder, decodeURIComponent(pathname === '/' ? '/index.html' : pathname))
    const type = contentTypes[extname(path)]
    const content =
      host === 'app' && type !== undefined && path.startsWith(folder + sep)
        ? await readFile(path).catch(() => null)
        : null
    if (content === null || type === undefined) return new Response(null, { status: 404 })
    return new Response(new Uint8Array(content), {
      headers: {
        'content-type': type,
        'content-security-policy': pagePolicy,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
      },
    })
  }
}
