import { BlockList, isIPv6 } from 'node:net'
import { z } from 'zod'
import { matchesPattern } from './pattern.ts'

/** What is known of a request, by the names that policies have for it; absent where it has no such thing. */
export type ConditionKey = (typeof conditionKeys)[number]
export type Context = Readonly<Partial<Record<ConditionKey, string>>>

/** Those that tell a request's headers, by their names. */
export const headerKeys = [
  's3:x-amz-server-side-encryption',
  's3:x-amz-server-side-encryption-aws-kms-key-id',
  's3:x-amz-storage-class',
] as const

const conditionKeys = [
  'aws:SourceIp',
  'aws:SourceVpce',
  'aws:SecureTransport',
  's3:if-none-match',
  's3:ObjectCreationOperation',
  's3:signatureAge',
  's3:DataAccessPointAccount',
  'kms:ViaService',
  ...headerKeys,
] as const

const keySchema = z
  .string()
  .transform((name) => conditionKeys.find((key) => key.toLowerCase() === name.toLowerCase()))
  .pipe(z.enum(conditionKeys))
const oneOrMore = <Value extends z.ZodType<string>>(value: Value) =>
  z.union([value, z.array(value).min(1)]).transform((values) => [values].flat() as string[])
/** Without variables: what they stand for is not known here. */
const textSchema = z.string().regex(/^(?!.*\$\{)/s)
const booleanSchema = z.union([z.enum(['true', 'false']), z.boolean().transform(String)])
const addressSchema = z
  .union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])
  .transform((range) => (range.includes('/') ? range : `${range}/${isIPv6(range) ? 128 : 32}`))
const numberSchema = z.union([z.string().regex(/^-?\d+(\.\d+)?$/), z.number().transform(String)])
const comparing = <Value extends z.ZodType<string>>(value: Value) => z.record(keySchema, oneOrMore(value)).optional()

/** The operators that are understood; each must hold, for each of its keys. */
export const conditionSchema = z.strictObject({
  StringEquals: comparing(textSchema),
  StringNotEquals: comparing(textSchema),
  StringLike: comparing(textSchema),
  IpAddress: comparing(addressSchema),
  NotIpAddress: comparing(addressSchema),
  NumericGreaterThan: comparing(numberSchema),
  Bool: comparing(booleanSchema),
  Null: comparing(booleanSchema),
})
export type Condition = z.output<typeof conditionSchema>

const operators: Readonly<Record<keyof Condition, (values: readonly string[], actual: string | undefined) => boolean>> =
  {
    StringEquals: (values, actual) => actual !== undefined && values.includes(actual),
    StringLike: (values, actual) =>
      actual !== undefined && values.some((pattern) => matchesPattern(pattern, actual, false)),
    // The negated operators hold where the key is absent.
    StringNotEquals: (values, actual) => actual === undefined || !values.includes(actual),
    IpAddress: (ranges, actual) => actual !== undefined && isWithin(ranges, actual),
    NotIpAddress: (ranges, actual) => actual === undefined || !isWithin(ranges, actual),
    NumericGreaterThan: (values, actual) =>
      actual !== undefined && values.some((value) => Number(actual) > Number(value)),
    Bool: (values, actual) => actual !== undefined && values.includes(actual),
    Null: (values, actual) => values.includes(String(actual === undefined)),
  }

const isWithin = (ranges: readonly string[], address: string): boolean => {
  const list = new BlockList()
  for (const range of ranges) {
    const [network = '', bits] = range.split('/')
    list.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4')
  }
  return list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/** Whether all that a condition says is so. */
export const conditionHolds = (condition: Condition, context: Context): boolean =>
  (Object.keys(condition) as (keyof Condition)[]).every((name) =>
    Object.entries(condition[name] ?? {}).every(([key, values]) =>
      operators[name](values ?? [], context[key as ConditionKey]),
    ),
  )
