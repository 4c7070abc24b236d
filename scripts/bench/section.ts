import { cpus, totalmem } from 'node:os'

export type Table = { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] }

/** What one benchmark found: a section of docs/benchmarks.md. */
export type Section = {
  readonly title: string
  /** What was done and how it was measured. */
  readonly about: string
  readonly tables: readonly Table[]
  /** What the figures must keep to, in words with the figure. */
  readonly targets: readonly { readonly text: string; readonly met: boolean }[]
}

/** How a section came about. */
export type Origin = {
  readonly command: string
  /** Epoch ms. */
  readonly at: number
  /** How many of the machine's cores other processes used meanwhile. */
  readonly othersCores: number
}

/** The section as Markdown that can also be read as it is. */
export function markdownOf({ title, about, tables, targets }: Section, { command, at, othersCores }: Origin): string {
  const cores = `${cpus().length} cores (others used ${othersCores.toFixed(1)} of them meanwhile)`
  const machine = `${cores}, ${Math.round(totalmem() / 1024 ** 3)} GiB of memory, Node ${process.versions.node}`
  return [
    `## ${title}`,
    `\`${command}\`, on ${new Date(at).toISOString().slice(0, 10)}: ${machine}.`,
    about,
    ...tables.map(linesOf),
    targets.map(({ text, met }) => `- ${met ? 'Met' : '**Not met**'}: ${text}`).join('\n'),
  ]
    .filter((block) => block !== '')
    .join('\n\n')
}

/** The document with this section in place of the one with the same title, or at its end where there is none. */
export function withSection(document: string, section: string): string {
  const [heading = ''] = section.split('\n', 1)
  const blocks = document.trim().split(/\n(?=## )/)
  const index = blocks.findIndex((block) => block.split('\n', 1)[0] === heading)
  const replaced = index === -1 ? [...blocks, section] : blocks.with(index, section)
  return `${replaced.map((block) => block.trim()).join('\n\n')}\n`
}

/** The first column is text, the others are figures. */
function linesOf({ header, rows }: Table): string {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]) =>
    `| ${widths.map((width, column) => (column === 0 ? (cells[column] ?? '').padEnd(width) : (cells[column] ?? '').padStart(width))).join(' | ')} |`
  const rule = `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(header), rule, ...rows.map(line)].join('\n')
}

/** The middle one; of an even number the larger of the two. */
export function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Bytes as whole MiB. */
export const mebibytes = (bytes: number): string => (bytes / 1024 ** 2).toFixed(0)

/** A file's size in words. */
export const sizeWords = (bytes: number): string =>
  bytes >= 1024 ** 3
    ? `${bytes / 1024 ** 3} GiB`
    : bytes >= 1024 ** 2
      ? `${bytes / 1024 ** 2} MiB`
      : `${bytes / 1024} KiB`
