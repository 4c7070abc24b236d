import type { z } from 'zod'

const names: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  object: 'an object',
  record: 'an object',
  string: 'a text',
}
const units: Readonly<Record<string, string>> = { array: ' in it', string: ' characters' }

/** What is wrong with a field that somebody wrote into a file, without its value. Undefined: Zod's own words. */
export const wording: z.core.$ZodErrorMap = (issue) => {
  if (issue.input === undefined && issue.code !== 'custom') return 'is missing'
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${names[issue.expected] ?? `a ${issue.expected}`}`
    case 'invalid_value':
      return oneOf(issue.values)
    case 'too_small':
      return issue.origin in units
        ? `must have at least ${bound(issue.minimum, issue.origin)}`
        : `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
    case 'too_big':
      return issue.origin in units
        ? `must have at most ${bound(issue.maximum, issue.origin)}`
        : `must be ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}`
    case 'unrecognized_keys':
      return `has no field ${issue.keys.join(', ')}`
    case 'invalid_union':
      return Array.isArray(issue.options) ? oneOf(issue.options) : undefined
    case 'invalid_format':
      return issue.format === 'uuid' ? 'must be a UUID' : 'is not written as it must be'
    default:
      return undefined
  }
}

const bound = (number: number | bigint, origin: string): string =>
  `${number}${number === 1 && origin === 'string' ? ' character' : units[origin]}`

const oneOf = (values: readonly z.core.util.Primitive[]): string =>
  `must be ${values.length > 1 ? 'one of ' : ''}${values.map(String).join(', ')}`
