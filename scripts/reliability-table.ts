import type { ReliabilityRow } from '../test/support/reliability.ts'

type Report = {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly meta: { readonly reliability?: readonly ReliabilityRow[] } }[]
  }[]
}

/** What the fault tests showed, by vitest's JSON report; in the order of the files' names and of the tests in them. */
export function rowsOf(report: string | null): readonly ReliabilityRow[] {
  if (report === null) return []
  const { testResults } = JSON.parse(report) as Report
  return testResults
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap(({ assertionResults }) => assertionResults.flatMap(({ meta }) => meta.reliability ?? []))
}

/** Whether all that is promised was kept, and the line that says so or what was not. */
export function verdictOf(rows: readonly ReliabilityRow[]): { readonly kept: boolean; readonly line: string } {
  const total = (count: (row: ReliabilityRow) => number) => rows.reduce((sum, row) => sum + count(row), 0)
  const kills = total((row) => row.kills)
  const counted = {
    lost: total(({ found }) => found.lost),
    corrupt: total(({ found }) => found.corrupt),
    duplicated: total(({ found }) => found.duplicated),
  }
  const killed = rows.filter((row) => row.kills > 0)
  const each = killed.every((row) => row.kills === row.times) ? 'kill' : 'kill or other fault'
  const tooMuch = killed.filter((row) => row.found.resent > row.times * row.slots)
  const tooSeldom = rows.filter((row) => row.times < row.least)
  const broken = [
    ...tooMuch.map(
      (row) => `sent again: ${row.found.resent} parts with ${row.times} × ${row.slots} slots (${nameOf(row)})`,
    ),
    ...tooSeldom.map((row) => `done too seldom: ${row.times} of ${row.least} times (${nameOf(row)})`),
  ]
  const line = [
    `kills: ${kills}`,
    ...Object.entries(counted).map(([name, count]) => `${name}: ${count}`),
    ...(tooMuch.length === 0 ? [`resent per ${each} ≤ slots`] : []),
    ...broken,
  ].join(', ')
  const kept = kills > 0 && broken.length === 0 && Object.values(counted).every((count) => count === 0)
  return { kept, line }
}

const nameOf = ({ fault, moment }: ReliabilityRow) => `${fault}: ${moment}`

type Column = { readonly title: string; readonly cell: (row: ReliabilityRow) => string | number }

const named: readonly Column[] = [
  { title: 'fault', cell: ({ fault }) => fault },
  { title: 'moment', cell: ({ moment }) => moment },
  { title: 'times', cell: ({ times }) => times },
  { title: 'kills', cell: ({ kills }) => kills },
  { title: 'lost', cell: ({ found }) => found.lost },
  { title: 'corrupt', cell: ({ found }) => found.corrupt },
  { title: 'duplicated', cell: ({ found }) => found.duplicated },
]
const ends: Column = { title: 'ends', cell: ({ outcome }) => outcome }

/** What was measured: the numbers of one run. */
export const tableOf = (rows: readonly ReliabilityRow[]): string =>
  table(
    [
      ...named,
      { title: 'sent again', cell: ({ found }) => found.resent },
      { title: 'left', cell: ({ found }) => found.emptyUploads + found.uploadsWithParts },
      ends,
    ],
    rows,
  )

/** The page in `docs`: what holds for each run, so that it changes only where the tests do. */
export const reliabilityPage = (rows: readonly ReliabilityRow[]): string => `# Reliability

What the fault tests in \`test/faults\` do to a real engine that uploads through a real broker to the emulated S3, and what comes of it. A *kill*
is a SIGKILL of the engine's process exactly at the named moment (\`→\`: after the one and before the other); the next engine then goes on by itself. In the end every
file that was dropped is compared with the object of its name, by size and SHA-256, and with what the store has served.

- **lost**: files without an object · **corrupt**: objects that are not the file · **duplicated**: objects too many, and second writes of a key
- **sent again**: parts, or whole small files, of which bytes went to the store once more, at most; –: as the fault needs
- **left**: uploads that only the bucket's lifecycle rule takes, at most; an upload whose id the engine never got to know is empty

This page is written by \`npm run test:faults -- --write\`, from the results of that run and only when all tests passed.

${table(
  [
    ...named,
    { title: 'sent again', cell: ({ allowed }) => atMost(allowed.resent) },
    { title: 'left', cell: leftAtMost },
    ends,
  ],
  rows,
)}

\`${verdictOf(rows).line}\`
`

const atMost = (count: number | null): string => (count === null ? '–' : count === 0 ? '0' : `≤ ${count}`)

function leftAtMost({ allowed: { emptyUploads, uploadsWithParts } }: ReliabilityRow): string {
  if (uploadsWithParts > 0) return `≤ ${uploadsWithParts} with parts`
  return emptyUploads > 0 ? `≤ ${emptyUploads} empty` : '0'
}

/** In Markdown, its columns as wide as they need to be read as plain text too. */
function table(columns: readonly Column[], rows: readonly ReliabilityRow[]): string {
  const titles = columns.map(({ title }) => title)
  const cells = rows.map((row) => columns.map(({ cell }) => String(cell(row)).replaceAll('|', '\\|')))
  const widths = titles.map((title, index) => Math.max(title.length, ...cells.map((line) => line[index]?.length ?? 0)))
  const line = (texts: readonly string[], fill = ' ') =>
    `| ${texts.map((text, index) => text.padEnd(widths[index] ?? 0, fill)).join(' | ')} |`
  return [
    line(titles),
    line(
      titles.map(() => ''),
      '-',
    ),
    ...cells.map((texts) => line(texts)),
  ].join('\n')
}
