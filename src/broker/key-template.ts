import { longestKeyBytes } from '../shared/broker-api.ts'

/**
 * How a purpose names its objects: key = prefix + suffix. The session policy names the prefix, so no text of a client
 * stands in it, only literals, `{uuid}`, `{date}` (UTC) and `{userHash}`. The suffix may hold `{id}`, the transfer's id,
 * and one of `{name}` and `{path}`.
 */
export type KeyTemplate = { readonly prefix: string; readonly suffix: string }

export const dropTemplate: KeyTemplate = { prefix: 'drops/{uuid}/', suffix: '{id}/{path}' }

type Problem = { readonly field: keyof KeyTemplate; readonly message: string }

/** Bytes of a key that names always have. */
const leastNameBytes = 512
/** The "safe characters" of S3's page on object key names, without `*`, which is a wildcard in a policy. */
const literal = /^[A-Za-z0-9!_.'()/-]+$/
/** Bytes that each placeholder becomes; a client's text counts as none, it is cut to what is left. */
const placeholderBytes: Readonly<Record<keyof KeyTemplate, ReadonlyMap<string, number>>> = {
  prefix: new Map([
    ['{uuid}', 36],
    ['{date}', 10],
    ['{userHash}', 32],
  ]),
  suffix: new Map([
    ['{id}', 36],
    ['{name}', 0],
    ['{path}', 0],
  ]),
}

/** Why a template is refused; empty when no client's text can stand in its prefix and no two files of a grant can share a key. */
export const keyTemplateProblems = (template: KeyTemplate): readonly Problem[] => {
  const prefix = piecesOf(template.prefix)
  const suffix = piecesOf(template.suffix)
  const names = suffix.filter((piece) => piece === '{name}' || piece === '{path}')
  const checks: readonly (Problem & { readonly fails: boolean })[] = [
    { field: 'prefix', message: 'must end with /', fails: !template.prefix.endsWith('/') },
    {
      field: 'prefix',
      message: 'must hold {uuid} or {userHash}, else people could write over each other',
      fails: !prefix.includes('{uuid}') && !prefix.includes('{userHash}'),
    },
    { field: 'prefix', message: badSegment, fails: hasBadSegment(template.prefix.replace(/\/$/, '')) },
    { field: 'suffix', message: badSegment, fails: hasBadSegment(template.suffix) },
    {
      field: 'suffix',
      message: 'must hold {id}, else two files of a grant could share a key',
      fails: !suffix.includes('{id}'),
    },
    { field: 'suffix', message: 'may hold only one of {name} and {path}, once', fails: names.length > 1 },
    {
      field: 'suffix',
      message: `leaves names less than ${leastNameBytes} of the ${longestKeyBytes} bytes of a key`,
      fails: bytesOf('prefix', prefix) + bytesOf('suffix', suffix) > longestKeyBytes - leastNameBytes,
    },
  ]
  return [
    ...pieceProblems('prefix', prefix),
    ...pieceProblems('suffix', suffix),
    ...checks.filter((check) => check.fails).map(({ field, message }) => ({ field, message })),
  ]
}

const piecesOf = (text: string): string[] => text.split(/(\{[^{}]*\})/).filter((piece) => piece !== '')

const bytesOf = (field: keyof KeyTemplate, pieces: readonly string[]): number =>
  pieces.reduce((sum, piece) => sum + (placeholderBytes[field].get(piece) ?? piece.length), 0)

const pieceProblems = (field: keyof KeyTemplate, pieces: readonly string[]): Problem[] =>
  pieces
    .filter((piece) => !placeholderBytes[field].has(piece) && !literal.test(piece))
    .map((piece) => ({ field, message: `may not hold ${piece}` }))

const badSegment = 'has an empty segment, . or ..'
/** Whether a path has segments that servers and file systems resolve or lose. */
export const hasBadSegment = (path: string): boolean =>
  path.split('/').some((segment) => segment === '' || segment === '.' || segment === '..')
