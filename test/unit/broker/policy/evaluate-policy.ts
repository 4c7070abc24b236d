/**
 * Whether a policy allows a request, by IAM's user guide ("Policy evaluation logic", "IAM JSON policy elements: Resource,
 * Condition operators, Variables"). It shares no code with what it judges, and knows less than IAM: it throws at what it does
 * not know. A variable stands for anything, as the worst that its value could be.
 */
export const evaluatePolicy = (
  text: string,
  request: { action: string; resource: string; context?: Readonly<Record<string, string>> },
): boolean => {
  const policy = JSON.parse(text)
  if (policy.Version !== '2012-10-17') throw new Error('another version')
  const verdicts = list(policy.Statement)
    .filter((statement) => {
      const { Effect: _, Action, Resource, Condition = {}, ...rest } = statement
      if (Object.keys(rest).length > 0) throw new Error(`unknown: ${Object.keys(rest)}`)
      return (
        list(Action).some((pattern) => expression(pattern, 'i').test(request.action)) &&
        list(Resource).some((pattern) => expression(pattern, '').test(request.resource)) &&
        holds(Condition, request.context ?? {})
      )
    })
    .map(({ Effect }) => Effect)
  return verdicts.includes('Allow') && !verdicts.includes('Deny')
}

// biome-ignore lint/suspicious/noExplicitAny: what was parsed may be anything
const list = (value: any): any[] => (Array.isArray(value) ? value : [value])

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')

/** `*`: any characters, also none and `/` · `?`: one · `${*}`, `${?}`, `${$}`: these characters · `${…}`: anything. */
const expression = (pattern: string, flags: string): RegExp => {
  const source = pattern.replaceAll(/\$\{([^}]*)\}|[\s\S]/gu, (piece, variable: string | undefined) => {
    if (variable !== undefined) return ['*', '?', '$'].includes(variable) ? escaped(variable) : '[\\s\\S]*'
    return piece === '*' ? '[\\s\\S]*' : piece === '?' ? '[\\s\\S]' : escaped(piece)
  })
  return new RegExp(`^${source}$`, `${flags}u`)
}

type Operator = (wanted: string[], actual: string | undefined) => boolean
const operators: Readonly<Record<string, Operator>> = {
  StringEquals: (wanted, actual) => actual !== undefined && wanted.includes(actual),
  StringLike: (wanted, actual) =>
    actual !== undefined && wanted.some((pattern) => expression(pattern, '').test(actual)),
  Bool: (wanted, actual) => actual !== undefined && wanted.includes(actual),
  Null: (wanted, actual) => wanted.includes(actual === undefined ? 'true' : 'false'),
  IpAddress: (wanted, actual) => actual !== undefined && wanted.some((range) => isInRange(range, actual)),
}

const holds = (condition: Record<string, Record<string, string | string[]>>, context: Record<string, string>) =>
  Object.entries(condition).every(([name, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const operator = operators[name]
      if (operator === undefined) throw new Error(`unknown: ${name}`)
      return operator(list(wanted), context[key])
    }),
  )

/** IPv4 only. */
const isInRange = (range: string, address: string): boolean => {
  const [network = '', bits = '32'] = range.split('/')
  const numberOf = (text: string) => text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0)
  const block = 2 ** (32 - Number(bits))
  return Math.floor(numberOf(network) / block) === Math.floor(numberOf(address) / block)
}
