import type { ActiveRule } from '../../src/emulator/faults/active-rule.ts'
import type { Rule, ServedOperation } from '../../src/emulator/faults/rule.ts'
import { openDatabase } from '../../src/main/engine/db/database.ts'
import { createSettings } from '../../src/main/engine/db/settings.ts'
import type { TransferView } from '../../src/shared/transfer.ts'
import type { EngineControl } from './engine-control.ts'
import { type Lab, startLab } from './lab.ts'
import type { LocalEngine, LocalEngineOptions } from './local-engine.ts'
import { randomFile } from './random-file.ts'
import { value } from './value.ts'

/** Bytes of the parts here: small, so that a fault costs little time however many parts it takes. */
export const smallPart = 64 * 1024

/** A lab with its switchboard, whose store takes parts of any size. */
export const startSmallLab = (options: Parameters<typeof startLab>[0] = {}): Promise<Lab> =>
  startLab({ faults: true, ...options, emulator: { minPartSize: 1, ...options.emulator } })

/** A new file of random bytes that goes in so many small parts, of which the last is short; answers with its path. */
export const film = (lab: Lab, parts: number, name = 'film.mov'): Promise<string> =>
  randomFile(lab.folder, (parts - 1) * smallPart + 1_000, name)

/** A profile, a new one unless given, in which files wait to be sent in small parts: the next engine that begins on it sends them. */
export async function queueFilms(
  lab: Lab,
  paths: readonly string[],
  { profile, partSize = smallPart }: { readonly profile?: string | undefined; readonly partSize?: number } = {},
): Promise<string> {
  const engine = lab.engine(profile)
  await engine.signIn()
  value(await engine.handlers.queue.pause())
  await engine.add(...paths)
  await engine.stop()
  const database = value(openDatabase(engine.profile))
  database.prepare('UPDATE transfers SET part_size = ?').run(partSize)
  createSettings(database).set('queuePaused', false)
  database.close()
  return engine.profile
}

/** A file on its way. */
export type Sending = {
  readonly engine: LocalEngine
  readonly path: string
  /** The kinds of failure that its row, and of hold that the queue, has shown so far. */
  readonly seen: ReadonlySet<string>
  row(): Promise<TransferView>
  /** Its row when nothing is left that the engine would do by itself. */
  settled(): Promise<TransferView>
}

/** Lets an engine of this process, whose backoff ends at once, send a new file of so many small parts. */
export async function sendFilm(
  lab: Lab,
  { parts = 2, ...options }: LocalEngineOptions & { readonly parts?: number } = {},
): Promise<Sending> {
  const path = await film(lab, parts)
  const engine = lab.engine(await queueFilms(lab, [path]), { random: () => 0, ...options })
  await engine.begin()
  return { engine, path, ...watch(engine) }
}

/** Watches the one row of an engine from now on. */
export function watch(engine: EngineControl): Pick<Sending, 'seen' | 'row' | 'settled'> {
  const seen = new Set<string>()
  const settled = engine.until((rows, { counts, hold }) => {
    for (const { failure } of rows) if (failure !== null) seen.add(failure.kind)
    if (hold !== null) seen.add(hold.kind)
    return counts.active + counts.waiting === 0
  })
  return { seen, row: async () => only(await engine.list()), settled: async () => only(await settled) }
}

/** The row of a list that has one. */
export function only(rows: readonly TransferView[]): TransferView {
  const [row] = rows
  if (row === undefined || rows.length > 1) throw new Error(`one row expected, there are ${rows.length}`)
  return row
}

/** Pauses the rows of an engine; settles when nothing of them is on the wire any more. */
export async function pauseRows({ handlers, until }: EngineControl): Promise<void> {
  value(await handlers.transfers.pause({ all: true }))
  await until((_, { counts }) => counts.active + counts.waiting === 0)
}

/** Holds requests of an operation before their work. */
export function hold(
  { faults }: Lab,
  match: Pick<NonNullable<Rule['match']>, 'key' | 'partNumber' | 'nth' | 'times'> & {
    readonly operation: ServedOperation
  },
): ActiveRule {
  return faults.add({ match, fault: { kind: 'hold', when: 'before' } })
}
