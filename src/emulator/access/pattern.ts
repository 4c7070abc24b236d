type Token = { readonly literal: string } | 'any' | 'one'

/** `${*}`, `${?}` and `${$}` are IAM's spellings of the plain characters; no other variable has a value here. */
function tokensOf(pattern: string, variables: boolean): readonly Token[] | null {
  const tokens: Token[] = []
  const pieces = variables ? pattern.split(/(\$\{[^}]*\})/) : [pattern]
  for (const piece of pieces) {
    const variable = variables ? /^\$\{(.*)\}$/s.exec(piece)?.[1] : undefined
    if (variable !== undefined && !['*', '?', '$'].includes(variable)) return null
    if (variable !== undefined) tokens.push({ literal: variable })
    else
      for (const character of piece)
        tokens.push(character === '*' ? 'any' : character === '?' ? 'one' : { literal: character })
  }
  return tokens
}

/**
 * IAM's wildcards: `*` is any run of characters, also `/` and none, `?` is one. A pattern with a variable that has no value
 * matches nothing. Takes at most pattern × text steps, whatever the pattern.
 */
export function matchesPattern(pattern: string, text: string, variables: boolean): boolean {
  const tokens = tokensOf(pattern, variables)
  if (tokens === null) return false
  const characters = [...text]
  let token = 0
  let character = 0
  let retryToken = -1
  let retryCharacter = 0
  while (character < characters.length) {
    const current = tokens[token]
    if (current === 'any') {
      retryToken = token + 1
      retryCharacter = character
      token += 1
    } else if (current === 'one' || (current !== undefined && current.literal === characters[character])) {
      token += 1
      character += 1
    } else if (retryToken !== -1) {
      token = retryToken
      retryCharacter += 1
      character = retryCharacter
    } else {
      return false
    }
  }
  return tokens.slice(token).every((rest) => rest === 'any')
}
