/** Whether a media type, or a range such as `image/*`, is within one of these; its case and its parameters do not matter. */
export const isWithin = (type: string, ranges: readonly string[]): boolean => {
  const essence = essenceOf(type)
  return ranges
    .map(essenceOf)
    .some((range) => range === essence || (range.endsWith('/*') && essence.startsWith(range.slice(0, -1))))
}

export const areWithin = (types: readonly string[], ranges: readonly string[]): boolean =>
  types.every((type) => isWithin(type, ranges))

/** What both lists allow. */
export const commonTypes = (one: readonly string[], other: readonly string[]): string[] => [
  ...new Set([...one.filter((type) => isWithin(type, other)), ...other.filter((type) => isWithin(type, one))]),
]

/** Without parameters, in lower case. */
const essenceOf = (type: string): string => (type.split(';')[0] ?? '').trim().toLowerCase()
