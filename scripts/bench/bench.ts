import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { broker } from './broker.ts'
import { limit } from './limit.ts'
import { amongOthers } from './measure-process.ts'
import { memory } from './memory.ts'
import { resume } from './resume.ts'
import { markdownOf, type Section, withSection } from './section.ts'
import { type Sizes, sizesFor } from './sizes.ts'
import { speed } from './speed.ts'
import { watch } from './watch.ts'

type Benchmark = { readonly script: string; readonly run: (sizes: Sizes) => Promise<Section> }

/** Each with the script of package.json that runs it. */
const benchmarks: Readonly<Record<string, Benchmark>> = {
  memory: { script: 'bench:engine', run: memory },
  speed: { script: 'bench:engine', run: speed },
  resume: { script: 'bench:resume', run: resume },
  limit: { script: 'bench:limit', run: limit },
  broker: { script: 'bench:broker', run: broker },
  watch: { script: 'bench:watch', run: watch },
}

const usage = `Usage: node scripts/bench/bench.ts ${Object.keys(benchmarks).join('|')} … [options]

Measures the engine or the broker and shows what it found; ends with 1 where a figure is not what it must be.

  --write   put it into docs/benchmarks.md, too
  --large   a file of 64 GiB besides, for its memory
  --small   so little of everything that only the benchmarks themselves are tried`

const page = join(import.meta.dirname, '../../docs/benchmarks.md')

function asked() {
  const { values, positionals } = parseArgs({
    options: { write: { type: 'boolean' }, large: { type: 'boolean' }, small: { type: 'boolean' } },
    allowPositionals: true,
  })
  const { write = false, large = false, small = false } = values
  const unknown = positionals.find((name) => !(name in benchmarks))
  if (unknown !== undefined) throw new Error(`There is no benchmark "${unknown}".`)
  if (positionals.length === 0) throw new Error('Name at least one benchmark.')
  if (write && small) throw new Error('The figures of --small are not for the page.')
  return { names: positionals, write, large, sizes: sizesFor({ large, small }) }
}

let given: ReturnType<typeof asked>
try {
  given = asked()
} catch (error) {
  console.error(`${(error as Error).message}\n\n${usage}`)
  process.exit(2)
}
if (process.platform !== 'linux') {
  console.error('The benchmarks read /proc: they run on Linux.')
  process.exit(2)
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

for (const [name, { script, run }] of Object.entries(benchmarks)) {
  if (!given.names.includes(name)) continue
  console.log(`${name} …\n`)
  const { value: section, othersCores } = await amongOthers(() => run(given.sizes))
  const command = `npm run ${script}${given.large ? ' -- --large' : ''}`
  const markdown = markdownOf(section, { command, at: Date.now(), othersCores })
  console.log(`${markdown}\n`)
  if (given.write) await writeFile(page, withSection(await readFile(page, 'utf8'), markdown))
  if (section.targets.some(({ met }) => !met)) process.exitCode = 1
}
