import { join } from 'node:path'
import { openDatabase } from '../../src/main/engine/db/database.ts'
import { usualPart } from '../../src/main/engine/transfers/part-plan.ts'
import { emulatorFaults } from '../../test/support/emulator-faults.ts'
import type { Keychain } from '../../test/support/engine-control.ts'
import { type EngineProcess, startEngineProcess } from '../../test/support/engine-process.ts'
import { value } from '../../test/support/value.ts'
import { startServices } from '../services.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { waitFor } from '../wait-for.ts'
import { median, type Section, sizeWords } from './section.ts'
import type { Sizes } from './sizes.ts'
import { makeSparseFile } from './sparse-file.ts'

/** From the start of the process to the first new byte of a part at the store (ms). */
const longest = 1_000
/** Pages of ListParts for 10,000 parts. */
const mostLists = 11
const patience = 600_000
/** So long (ms) without a byte, nothing of a killed engine is on its way any more. */
const quiet = 250

type Half = { readonly name: string; readonly size: number; readonly partSize: number; readonly savedParts: number }
type Resumed = Half & { readonly times: readonly number[]; readonly lists: number }

/** How soon a half-done upload goes on after its engine was killed. */
export async function resume({ halfDone, parts, smallPart, rounds }: Sizes): Promise<Section> {
  await using opened = new AsyncDisposableStack()
  const { path: folder, remove } = await temporaryFolder('bench')
  opened.defer(remove)
  /** When the first byte of a part came by since it was last forgotten, and when the latest. */
  const seen: { first: number | null; latest: number } = { first: null, latest: 0 }
  const onBytes = () => {
    seen.latest = performance.now()
    seen.first ??= seen.latest
  }
  const services = await startServices({ flags: ['--discard', '--faults', `--min-part-size=${smallPart}`], onBytes })
  opened.defer(services.close)
  const { served } = emulatorFaults(services.store.faultsEndpoint ?? '')
  const { parts: sent } = services.witness

  async function measure(half: Half): Promise<Resumed> {
    const { name, size, partSize, savedParts } = half
    const profile = join(folder, `${name}.db`)
    const file = join(folder, `${name}.bin`)
    await makeSparseFile(file, size)
    const keychain: Keychain = { session: null }
    const start = async () => {
      const engine = await startEngineProcess(services, profile, keychain)
      opened.defer(() => engine.kill())
      return engine
    }
    const resumed = async () => {
      const engine = await start()
      await engine.begin()
      return engine
    }
    const killed = async (engine: EngineProcess) => {
      await engine.kill()
      await waitFor('the last of its bytes', patience, async () => performance.now() - seen.latest > quiet)
      seen.first = null
    }

    const planning = await start()
    await planning.handlers.queue.pause()
    await planning.signIn()
    await planning.add(file)
    await planning.kill()
    setPartSize(profile, partSize)

    const before = sent.length
    const stored = () => sent.slice(before).filter((part) => part.stored).length
    const sending = await resumed()
    await sending.handlers.queue.resume()
    await waitFor(`${savedParts} parts`, patience, async () => stored() >= savedParts)
    await killed(sending)

    const times: number[] = []
    let lists = 0
    for (let round = 1; round <= rounds; round += 1) {
      const listsBefore = (await served({ operation: 'ListParts' })).length
      const started = performance.now()
      const engine = await resumed()
      await waitFor('the first new byte', patience, async () => seen.first !== null)
      times.push((seen.first ?? Number.NaN) - started)
      await killed(engine)
      lists = Math.max(lists, (await served({ operation: 'ListParts' })).length - listsBefore)
    }
    return { ...half, times, lists }
  }

  const savedParts = halfDone / usualPart / 2
  const large = await measure({ name: 'large', size: halfDone, partSize: usualPart, savedParts })
  const many = await measure({
    ...{ name: 'many', size: parts * smallPart, partSize: smallPart },
    savedParts: Math.floor(parts * 0.99),
  })
  return {
    title: 'Resume',
    about:
      "The engine's process, run from its source, is killed and started again; the time counts from its start to the first byte of a part at the store. By then it has " +
      'opened its database, renewed its grant, and listed the parts that the store has. Median and worst of ' +
      `${rounds} kills. An upload of 10,000 parts would be 156 GiB: here its parts are of ${sizeWords(smallPart)}, which the rest does not notice.`,
    tables: [
      {
        header: ['file', 'parts saved', 'first new byte after', 'at worst', 'calls of ListParts'],
        rows: [large, many].map(({ size, partSize, savedParts, times, lists }) => [
          `${sizeWords(size)} in parts of ${sizeWords(partSize)}`,
          `${savedParts} of ${size / partSize}`,
          `${median(times).toFixed(0)} ms`,
          `${Math.max(...times).toFixed(0)} ms`,
          String(lists),
        ]),
      },
    ],
    targets: [
      {
        text: `the first new byte of a half-done file of ${sizeWords(halfDone)} is there within ${longest / 1_000} s, each time.`,
        met: Math.max(...large.times) < longest,
      },
      { text: `at most ${mostLists} calls of ListParts.`, met: many.lists <= mostLists },
    ],
  }
}

/** Gives the row that waits another part size than it was planned with. */
function setPartSize(profile: string, partSize: number): void {
  const database = value(openDatabase(profile))
  database.prepare('UPDATE transfers SET part_size = ?').run(partSize)
  database.close()
}
