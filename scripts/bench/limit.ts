import { join } from 'node:path'
import { startEngineProcess } from '../../test/support/engine-process.ts'
import { startServices } from '../services.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait-for.ts'
import { type Arrival, rateBetween, timeToRate } from './rates.ts'
import type { Section } from './section.ts'
import type { Sizes } from './sizes.ts'
import { makeSparseFile } from './sparse-file.ts'

const fast = 20_000_000
const slow = 5_000_000
/** How far the mean may be from the limit, as a share. */
const mostDeviation = 0.05
/** After a change (ms). */
const longestChange = 1_000
/** How long a new limit is watched (ms). */
const watched = 5_000
/** 250 ms at 5 MB/s are not ten of the slices that the engine sends. */
const tolerance = 0.2

/** Whether the rate limit is kept, and how soon a new one is felt, seen at the store. */
export async function limit({ limitSeconds }: Sizes): Promise<Section> {
  await using opened = new AsyncDisposableStack()
  const { path: folder, remove } = await temporaryFolder('bench')
  opened.defer(remove)
  const arrivals: Arrival[] = []
  const onBytes = (_: unknown, bytes: number) => void arrivals.push({ at: performance.now(), bytes })
  const services = await startServices({ flags: ['--discard'], onBytes })
  opened.defer(services.close)
  const file = join(folder, 'file.bin')
  await makeSparseFile(file, 2 * fast * (limitSeconds + watched / 1_000))
  const engine = await startEngineProcess(services, join(folder, 'longshore.db'), { session: null })
  opened.defer(() => engine.kill())

  const set = async (bytesPerSecond: number) => {
    const answer = await engine.handlers.settings.set({ limit: bytesPerSecond })
    if (!answer.ok) throw new Error(`the limit was refused: ${answer.failure.kind}`)
  }
  await set(fast)
  await engine.signIn()
  await engine.add(file)
  await waitFor('the first byte', 10_000, async () => arrivals.length > 0)
  const began = arrivals[0]?.at ?? 0
  await passed(began + limitSeconds * 1_000)
  const mean = rateBetween(arrivals, began, began + limitSeconds * 1_000)

  const change = async (rate: number): Promise<number | null> => {
    const from = performance.now()
    await set(rate)
    await passed(from + watched)
    return timeToRate(arrivals, { from, to: from + watched, rate, tolerance })
  }
  const changes = [
    { name: `${megabytes(fast)} → ${megabytes(slow)} while running`, felt: await change(slow) },
    { name: `${megabytes(slow)} → ${megabytes(fast)} while running`, felt: await change(fast) },
  ]
  const deviation = mean / fast - 1
  return {
    title: 'Rate limit',
    about:
      'An engine in a process of its own sends one file, 6 parts at once; a proxy before the store notes when the bytes of the parts come by. The mean ' +
      `counts from the first byte. A new limit is *felt* at the end of the first 250 ms that are within ${tolerance * 100} % of it, if the whole second that ` +
      'they begin is so too; the time counts from the call that sets it, and is at least those 250 ms.',
    tables: [
      {
        header: ['limit', 'seen'],
        rows: [
          [`${megabytes(fast)} for ${limitSeconds} s`, `${megabytes(mean)} (${signed(deviation * 100)} %)`],
          ...changes.map(({ name, felt }) => [name, felt === null ? 'not felt' : `after ${felt.toFixed(0)} ms`]),
        ],
      },
    ],
    targets: [
      {
        text: `the mean is within ${mostDeviation * 100} % of the limit.`,
        met: Math.abs(deviation) <= mostDeviation,
      },
      {
        text: `a new limit is felt within ${longestChange / 1_000} s.`,
        met: changes.every(({ felt }) => felt !== null && felt <= longestChange),
      },
    ],
  }
}

const passed = (time: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, time - performance.now())))

const megabytes = (bytesPerSecond: number): string => `${Number((bytesPerSecond / 1e6).toFixed(2))} MB/s`

const signed = (number: number): string => `${number < 0 ? '−' : '+'}${Math.abs(number).toFixed(1)}`
