import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { extname, join } from 'node:path'
import type { FastifyInstance } from 'fastify'

type Served = { readonly type: string; readonly content: string }

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ts': 'text/javascript; charset=utf-8',
}

/**
 * The page as it lies here: browsers get its TypeScript without the types, so nothing has to be built.
 * (Node warns once that it takes the types off by an experimental function.)
 */
const readPage = (): ReadonlyMap<string, Served> => {
  const read = (folder: string, name: string): [string, Served] => {
    const text = readFileSync(join(folder, name), 'utf8')
    const content = extname(name) === '.ts' ? stripTypeScriptTypes(text) : text
    return [name === 'index.html' ? '' : name, { type: types[extname(name)] ?? 'text/plain', content }]
  }
  const scripts = join(import.meta.dirname, 'browser')
  return new Map([
    ...['index.html', 'page.css', 'icon.svg'].map((name) => read(import.meta.dirname, name)),
    ...readdirSync(scripts).map((name) => read(scripts, name)),
  ])
}

/** Nothing but what the broker itself serves, and requests to the store. */
const contentSecurityPolicy = (storeOrigins: readonly string[]): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    `connect-src 'self' ${storeOrigins.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

/**
 * Serves the page on which invitations are opened, `/invite/`, to anyone: the invitation is in the fragment of its
 * address, which no server sees. `storeOrigins`: where the bytes go.
 */
export const addPageRoutes = (routes: FastifyInstance, storeOrigins: readonly string[]): void => {
  const headers = {
    'content-security-policy': contentSecurityPolicy(storeOrigins),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-cache',
  }
  routes.get('/invite', { schema: { hide: true } }, async (_request, reply) => reply.redirect('invite/', 308))
  for (const [name, { type, content }] of readPage()) {
    routes.get(`/invite/${name}`, { schema: { hide: true } }, async (_request, reply) =>
      reply.headers(headers).type(type).send(content),
    )
  }
}
