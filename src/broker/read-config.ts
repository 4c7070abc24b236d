import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ok, type Result } from '../shared/failure.ts'
import { type BrokerSettings, brokerConfigSchema } from './config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The file of JSON that holds the configuration's fields. */
const fileVariable = 'LONGSHORE_BROKER_CONFIG'
/** The fields that the environment may give; each wins over the file's. */
const variables: readonly {
  readonly variable: string
  readonly path: readonly [string, string?]
  readonly json?: true
}[] = [
  { variable: 'LONGSHORE_SIGNING_SECRET', path: ['signingSecret'] },
  { variable: 'LONGSHORE_BROKER_TOKENS', path: ['tokens'], json: true },
  { variable: 'LONGSHORE_BROKER_PURPOSES', path: ['purposes'], json: true },
  { variable: 'LONGSHORE_BROKER_NAME', path: ['name'] },
  { variable: 'LONGSHORE_BROKER_HOST', path: ['host'] },
  { variable: 'LONGSHORE_BROKER_PORT', path: ['port'], json: true },
  { variable: 'LONGSHORE_BROKER_LOG_LEVEL', path: ['logLevel'] },
  { variable: 'LONGSHORE_SESSION_SECONDS', path: ['sessionSeconds'], json: true },
  { variable: 'LONGSHORE_RENEW_DAYS', path: ['renewDays'], json: true },
  { variable: 'LONGSHORE_BUCKET', path: ['store', 'bucket'] },
  { variable: 'LONGSHORE_REGION', path: ['store', 'region'] },
  { variable: 'LONGSHORE_STORE_ENDPOINT', path: ['store', 'endpoint'] },
  { variable: 'LONGSHORE_STORE_PUBLIC_ENDPOINT', path: ['store', 'publicEndpoint'] },
  { variable: 'LONGSHORE_STORE_ADDRESSING', path: ['store', 'addressing'] },
  { variable: 'LONGSHORE_STS_ENDPOINT', path: ['sts', 'endpoint'] },
  { variable: 'LONGSHORE_STS_ROLE_ARN', path: ['sts', 'roleArn'] },
]

/**
 * The broker's settings from the environment and the file that `LONGSHORE_BROKER_CONFIG` names. The failure has one line
 * for each thing that is wrong, which names the field and never repeats a value.
 */
export const readConfig = (environment: Environment): Result<BrokerSettings, readonly string[]> => {
  const file = readFile(environment[fileVariable])
  if (!file.ok) return file
  const given = variables.flatMap(({ variable, path, json }) => {
    const text = environment[variable]
    return text === undefined ? [] : [{ variable, path, value: json ? parseJson(text) : text }]
  })
  const notJson = given.filter(({ value }) => value === undefined)
  if (notJson.length > 0) return wrong(notJson.map(({ variable }) => `${variable}: not JSON`))

  const parsed = brokerConfigSchema.safeParse(given.reduce(withField, file.value))
  if (!parsed.success) {
    return wrong(
      parsed.error.issues.map((issue) => `${z.core.toDotPath(issue.path) || 'configuration'}: ${issue.message}`),
    )
  }
  if (environment.NODE_ENV === 'production' && parsed.data.tokens.length > 0) {
    return wrong(['tokens: static tokens are for development, NODE_ENV is production'])
  }
  return ok(parsed.data)
}

type Fields = Readonly<Record<string, unknown>>

const withField = (
  fields: Fields,
  { path: [name, inner], value }: { path: readonly [string, string?]; value: unknown },
): Fields => ({
  ...fields,
  [name]: inner === undefined ? value : { ...(isObject(fields[name]) ? fields[name] : {}), [inner]: value },
})

const readFile = (path: string | undefined): Result<Fields, readonly string[]> => {
  if (path === undefined) return ok({})
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return wrong([`${fileVariable}: cannot be read (${(error as NodeJS.ErrnoException).code})`])
  }
  const value = parseJson(text)
  return isObject(value) ? ok(value) : wrong([`${fileVariable}: not an object of JSON`])
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const wrong = (problems: readonly string[]) => ({ ok: false, failure: problems }) as const
