/** Epoch milliseconds of a signature's `YYYYMMDDTHHMMSSZ`, null where it is none. */
export const timeOfSignature = (text: string): number | null => {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)?.map(Number) ?? []
  return year === undefined ? null : Date.UTC(year, (month ?? 1) - 1, day, hour, minute, second)
}
