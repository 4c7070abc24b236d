/** One or two letters that stand for a person: of the first and the last word of the name. */
export const initialsOf = (label: string): string => {
  const words = label.split(/[\s@._-]+/).filter((word) => word !== '')
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
  return letters
    .map((word) => (word ? (Array.from(word)[0] ?? '') : ''))
    .join('')
    .toLocaleUpperCase()
}
