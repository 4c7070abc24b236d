import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ok, type Result } from '../../shared/failure.ts'
import { type BrokerSettings, brokerConfigSchema } from './config.ts'
import { readDenyFile } from './deny-file.ts'
import { parseJson } from './parse-json.ts'
import { fileVariable, type Variable, variables } from './variables.ts'
import { wording } from './wording.ts'

type Environment = Readonly<Record<string, string | undefined>>
type Problems = readonly string[]
type Fields = Readonly<Record<string, unknown>>
type Given = { readonly path: Variable['path']; readonly value: unknown }

const ours = /^LONGSHORE_/

/**
 * The broker's settings from the environment and the file that `LONGSHORE_BROKER_CONFIG` names; the environment wins. The
 * failure has one line for each thing that is wrong, which names the field or variable and never repeats a value. A
 * variable that is empty counts as unset.
 */
export const readConfig = (given: Environment): Result<BrokerSettings, Problems> => {
  const environment = Object.fromEntries(Object.entries(given).filter(([, text]) => text !== ''))
  const file = readFields(environment[fileVariable])
  if (!file.ok) return file
  const read = variables.map((variable) => readVariable(environment, variable))
  const unreadable = [
    ...read.flatMap((result) => (result.ok ? [] : result.failure)),
    ...unknownIn(environment).map((name) => `${name}: is no variable of the broker`),
  ]
  if (unreadable.length > 0) return wrong(unreadable)
  const fields = read.flatMap((result) => (result.ok ? result.value : []))

  const parsed = brokerConfigSchema.safeParse(fields.reduce(withField, file.value), { error: wording })
  if (!parsed.success) {
    return wrong(
      parsed.error.issues.map((issue) => `${z.core.toDotPath(issue.path) || 'configuration'}: ${issue.message}`),
    )
  }
  const problems = peopleProblems(parsed.data, environment.NODE_ENV === 'production')
  return problems.length > 0 ? wrong(problems) : ok(parsed.data)
}

/** Who may come in is said, and as it should be. */
const peopleProblems = ({ tokens, oidc, denyFile }: BrokerSettings, inProduction: boolean): Problems => {
  const denied = denyFile === undefined ? null : readDenyFile(denyFile)
  return [
    ...(inProduction && tokens.length > 0 ? ['tokens: static tokens are for development, NODE_ENV is production'] : []),
    ...(tokens.length === 0 && oidc === undefined
      ? ['oidc: must be set, or tokens for development; nobody could sign in']
      : []),
    ...(denied?.ok === false ? [`denyFile: ${denied.failure}`] : []),
  ]
}

/** Misspelt ones, which would be missed in silence. */
const unknownIn = (environment: Environment): string[] => {
  const known = new Set([fileVariable, ...variables.flatMap(({ variable }) => [variable, `${variable}_FILE`])])
  return Object.keys(environment).filter((name) => ours.test(name) && !known.has(name))
}

/** Nothing, or one value. */
const readVariable = (
  environment: Environment,
  { variable, path, as }: Variable,
): Result<readonly Given[], Problems> => {
  const [direct, file] = [environment[variable], environment[`${variable}_FILE`]]
  if (direct !== undefined && file !== undefined) return wrong([`${variable}: is set, and ${variable}_FILE too`])
  const read = file === undefined ? ok(direct) : readText(`${variable}_FILE`, file)
  if (!read.ok) return read
  if (read.value === undefined) return ok([])
  const value = file === undefined ? read.value : read.value.replace(/\r?\n$/, '')
  switch (as) {
    case 'text':
      return ok([{ path, value }])
    case 'list':
      return ok([{ path, value: value.split(',').map((item) => item.trim()) }])
    case 'text or list':
      return value.startsWith('[') ? fromJson(variable, path, value) : ok([{ path, value }])
    case 'number':
    case 'boolean': {
      const parsed = parseJson(value)
      if (parsed.ok && typeof parsed.value === as) return ok([{ path, value: parsed.value }])
      return wrong([`${variable}: must be ${as === 'number' ? 'a number' : 'true or false'}`])
    }
    case 'json':
      return fromJson(variable, path, value)
  }
}

const fromJson = (variable: string, path: Variable['path'], text: string): Result<readonly Given[], Problems> => {
  const parsed = parseJson(text)
  return parsed.ok ? ok([{ path, value: parsed.value }]) : wrong([`${variable}: ${parsed.failure}`])
}

const withField = (fields: Fields, { path: [name, inner], value }: Given): Fields => ({
  ...fields,
  [name]: inner === undefined ? value : { ...(isObject(fields[name]) ? fields[name] : {}), [inner]: value },
})

const readFields = (path: string | undefined): Result<Fields, Problems> => {
  if (path === undefined) return ok({})
  const text = readText(fileVariable, path)
  if (!text.ok) return text
  const parsed = parseJson(text.value)
  if (!parsed.ok) return wrong([`${fileVariable}: ${parsed.failure}`])
  return isObject(parsed.value) ? ok(parsed.value) : wrong([`${fileVariable}: must hold an object`])
}

const readText = (variable: string, path: string): Result<string, Problems> => {
  try {
    return ok(readFileSync(path, 'utf8'))
  } catch (error) {
    return wrong([`${variable}: cannot be read (${(error as NodeJS.ErrnoException).code})`])
  }
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrong = (problems: Problems) => ({ ok: false, failure: problems }) as const
