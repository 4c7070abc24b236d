import { longestKeyBytes } from '../../shared/broker-api.ts'

/**
 * How a purpose names its objects: key = prefix + suffix. The session policy names the prefix, so no text of a client
 * stands in it, only literals, `{uuid}`, `{date}` (UTC), `{userHash}` and `{folderHash}`, the hash of a watched folder's id. The
 * suffix may hold `{id}`, the transfer's id, and one of `{name}` and `{path}`. Files of a folder may do without `{id}`:
 * then each path has one key for ever.
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
    ['{folderHash}', 32],
  ]),
  suffix: new Map([
    ['{id}', 36],
    ['{name}', 0],
    ['{path}', 0],
  ]),
}

/** Whether its keys are of a watched folder, which a grant request must name then. */
export const isForFolders = ({ prefix }: KeyTemplate): boolean => prefix.includes('{folderHash}')

/** Whether a file's key is its own, whatever it is called; else files of one path share it. */
export const hasKeyPerFile = ({ suffix }: KeyTemplate): boolean => suffix.includes('{id}')

/** A prefix as long as those of a template. */
export const samplePrefixOf = ({ prefix }: KeyTemplate): string =>
  piecesOf(prefix)
    .map((piece) => 'x'.repeat(placeholderBytes.prefix.get(piece) ?? 0) || piece)
    .join('')

/** Why a template is refused; empty when no client's text can stand in its prefix and no two files can share a key unseen. */
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
      message: 'must hold {id}, or {path} under a prefix with {folderHash}, else two files could share a key',
      fails: !hasKeyPerFile(template) && !(isForFolders(template) && suffix.includes('{path}')),
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
export const hasBadSegment = (path: string): boolean => /(?:^|\/)\.{0,2}(?:\/|$)/.test(path)
