/** Ends a switch that must be exhaustive: a case that is missing does not compile. */
export function assertNever(value: never): never {
  throw new Error(`unexpected case: ${JSON.stringify(value)}`)
}
