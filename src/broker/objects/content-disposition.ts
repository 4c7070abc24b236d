/** What would end a quoted string or a header, or deceive who reads a name: such as a right-to-left mark before `.exe`. */
const unsafe = /[\p{Cc}\p{Cs}\p{Bidi_Control}/\\]/gu
/** `%` too: some browsers decode it in a quoted string. */
const notPlain = /[^\x20-\x7e]|["%]/gu
/** What `encodeURIComponent` leaves, and RFC 8187 does not allow in an `attr-char`. */
const notAttributeCharacters = /['()*]/g

/**
 * A Content-Disposition header (RFC 6266), in ASCII. A name that is not has two forms: one in ASCII for those who know no
 * other, and the whole one (RFC 8187). Control characters and separators of folders become `_`.
 */
export const contentDisposition = (disposition: 'attachment' | 'inline', fileName: string | undefined): string => {
  if (fileName === undefined) return disposition
  const name = fileName.replaceAll(unsafe, '_')
  const plain = name.replaceAll(notPlain, '_')
  return `${disposition}; filename="${plain}"${plain === name ? '' : `; filename*=UTF-8''${encoded(name)}`}`
}

const encoded = (name: string): string =>
  encodeURIComponent(name).replaceAll(
    notAttributeCharacters,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
