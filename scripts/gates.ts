import { readdir } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { cruise, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser'
import { runCommand } from './run-command.ts'

export type Verdict = { readonly passed: boolean; readonly output: string }

/** A check of the whole source that does not run it. */
export type Gate = {
  readonly name: string
  /** `root`: a folder laid out as this repository, with its configuration files and `node_modules`. */
  readonly check: (root: string) => Promise<Verdict>
}

const tool = async (root: string, name: string, args: readonly string[]): Promise<Verdict> => {
  const bin = join(root, 'node_modules', '.bin')
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH}`, NO_COLOR: '1' }
  const { code, stdout, stderr } = await runCommand(join(bin, name), args, { cwd: root, env })
  return { passed: code === 0, output: stdout + stderr }
}

/** The rules in `.dependency-cruiser.mjs`. */
export async function readImportRules(root: string): Promise<IFlattenedRuleSet & { readonly options: object }> {
  return (await import(pathToFileURL(join(root, '.dependency-cruiser.mjs')).href)).default
}

/**
 * The import rules. dependency-cruiser finds nothing wrong where it cannot read a file (a TypeScript that it does not know), so
 * every source file must be among those that it says it read.
 */
const importRules = async (root: string): Promise<Verdict> => {
  const { options, ...ruleSet } = await readImportRules(root)
  const result = await cruise(['src'], { ...options, baseDir: root, validate: true, ruleSet })
  const { modules, summary } = result.output as ICruiseResult
  const cruised = new Set(modules.map(({ source }) => source))
  const unread = (await sourceFiles(root)).filter((path) => !cruised.has(path))
  const lines = [
    ...unread.map((path) => `not read: ${path}`),
    ...summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    `${cruised.size} modules read`,
  ]
  return { passed: unread.length === 0 && summary.violations.length === 0, output: `${lines.join('\n')}\n` }
}

const sourceFiles = async (root: string): Promise<readonly string[]> => {
  const paths = await readdir(join(root, 'src'), { recursive: true })
  return paths.filter((path) => /(?<!\.d)\.tsx?$/.test(path)).map((path) => `src/${path}`)
}

export const gates: readonly Gate[] = [
  { name: 'types', check: (root) => tool(root, 'tsc', ['--noEmit', '-p', '.']) },
  { name: 'types of the page', check: (root) => tool(root, 'tsc', ['--noEmit', '-p', 'src/renderer']) },
  { name: 'format and lint', check: (root) => tool(root, 'biome', ['check', '.']) },
  { name: 'import rules', check: importRules },
  { name: 'nothing unused', check: (root) => tool(root, 'knip', ['--no-progress', '--no-config-hints']) },
]
