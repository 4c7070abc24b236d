import ignore, { type Ignore } from 'ignore'
import type { IgnoreReason } from '../../../../shared/folder.ts'
import type { WalkOptions } from '../found.ts'
import { systemRules, temporaryRules } from './usual-rules.ts'

/** The file whose lines are rules from its folder down. */
export const rulesFileName = '.longshoreignore'

/** A rule as it was written. */
type RuleReason = Extract<IgnoreReason, { readonly rule: string }>

/** Which names are ignored in one folder and below. */
export type Rules = {
  /** Why a path below the watched folder is ignored; null: it is not. Whoever asks does not enter ignored folders. */
  readonly reasonOf: (path: string, isFolder: boolean) => IgnoreReason | null
  /** These rules and those of the rules file in `folder`, whose lines count from there and win. */
  readonly with: (folder: string, text: string) => Rules
  /** The same rules, without what they remember of earlier paths. */
  readonly fresh: () => Rules
}

/**
 * Rules in .gitignore's meaning, the last one that matches decides: the usual ones, a person's, then those of the rules
 * files from the top down. Hidden names are ignored, too, unless a `!` rule whose last part begins with a dot takes them
 * back: as in a shell, `*` does not speak of them. On Windows and macOS case makes no difference; to the usual rules nowhere.
 */
export function rulesOf({ rules, hidden }: Pick<WalkOptions, 'rules' | 'hidden'>, platform: NodeJS.Platform): Rules {
  const ignoreCase = platform === 'win32' || platform === 'darwin'
  const written: RuleReason[] = []
  const marked = (pattern: string, reason: RuleReason) => ({ pattern, mark: String(written.push(reason) - 1) })

  const usual = ignore({ ignoreCase: true }).add([
    ...systemRules.map((rule) => marked(rule, { kind: 'system', rule })),
    ...temporaryRules.map((rule) => marked(rule, { kind: 'temporary', rule })),
  ])
  const yours = linesOf(rules)
  const named = ignore({ ignoreCase })
    .add(usual)
    .add(yours.map((rule) => marked(rule, { kind: 'yours', rule })))
  const dotted = ignore({ ignoreCase })
    .add(hidden ? [] : '.*')
    .add(yours.filter(takesHiddenBack))

  const rulesFrom = (named: Ignore, dotted: Ignore): Rules => ({
    reasonOf(path, isFolder) {
      const tested = isFolder ? `${path}/` : path
      const { rule } = named.test(tested)
      const reason = rule?.mark === undefined ? undefined : written[Number(rule.mark)]
      if (reason !== undefined) return reason
      const isHidden = path.charCodeAt(path.lastIndexOf('/') + 1) === 46 && dotted.test(tested).ignored
      return isHidden ? { kind: 'hidden' } : null
    },
    with(folder, text) {
      const file = folder === '' ? rulesFileName : `${folder}/${rulesFileName}`
      const lines = linesOf(text)
      const below = lines.map((rule) => marked(from(folder, rule), { kind: 'file', rule, file }))
      const back = lines.filter(takesHiddenBack).map((rule) => ({ pattern: from(folder, rule) }))
      return rulesFrom(copyOf(named).add(below), copyOf(dotted).add(back))
    },
    fresh: () => rulesFrom(copyOf(named), copyOf(dotted)),
  })
  const copyOf = (rules: Ignore): Ignore => ignore({ ignoreCase }).add(rules)
  return rulesFrom(named, dotted)
}

/** The rules of a text, without comments and lines that say nothing. */
const linesOf = (text: string): readonly string[] =>
  text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#') && /^!?\/* *$/.test(line) === false)

const takesHiddenBack = (rule: string): boolean => /^!(.*\/)?\\?\.[^/]*\/? *$/.test(rule)

/** A rule of the rules file in `folder`, as one of the watched folder. */
function from(folder: string, rule: string): string {
  if (folder === '') return rule
  const [sign, body] = rule.startsWith('!') ? ['!', rule.slice(1)] : ['', rule]
  const isAnchored = /\/(?! *$)/.test(body)
  const place = folder.replace(/[\\*?[\]]/g, '\\$&')
  return `${sign}/${place}/${isAnchored ? body.replace(/^\//, '') : `**/${body}`}`
}
