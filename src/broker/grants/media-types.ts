/** Whether a media type, or a range such as `image/*`, is within one of these. */
export const isWithin = (type: string, ranges: readonly string[]): boolean =>
  ranges.some((range) => range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1))))

export const areWithin = (types: readonly string[], ranges: readonly string[]): boolean =>
  types.every((type) => isWithin(type, ranges))

/** What both lists allow. */
export const commonTypes = (one: readonly string[], other: readonly string[]): string[] => [
  ...new Set([...one.filter((type) => isWithin(type, other)), ...other.filter((type) => isWithin(type, one))]),
]
