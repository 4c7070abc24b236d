/** A file's name as it can be shown: control characters as their symbols (␀), characters that turn the direction as �. */
export const visibleName = (name: string): string =>
  Array.from(name, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x20) return String.fromCodePoint(0x2400 + code)
    if (code === 0x7f) return '␡'
    const hidden =
      (code > 0x7f && code < 0xa0) || /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/.test(character)
    return hidden ? '�' : character
  }).join('')

/** What stays of the end of a cut name: enough for "(copy 2)" and the extension. */
const tailLength = 19

/** The largest of `least…most` that holds, where all below one that holds do hold too; `least` if none does. */
const largest = (least: number, most: number, holds: (count: number) => boolean): number => {
  let low = least
  let high = most
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle - 1
  }
  return low
}

/**
 * The name in one line: cut in the middle where it does not fit, the last 19 characters kept, never through the
 * middle of a character. `fits` measures a text.
 */
export const cutMiddle = (name: string, fits: (text: string) => boolean): string => {
  if (fits(name)) return name
  const characters = Array.from(new Intl.Segmenter().segment(name), ({ segment }) => segment)
  const cut = (head: number, tail: number) =>
    `${characters.slice(0, head).join('')}…${characters.slice(characters.length - tail).join('')}`
  const tail = Math.min(tailLength, characters.length - 1)
  if (fits(cut(1, tail)))
    return cut(
      largest(1, characters.length - tail, (head) => fits(cut(head, tail))),
      tail,
    )
  return cut(
    1,
    largest(1, tail, (kept) => fits(cut(1, kept))),
  )
}
