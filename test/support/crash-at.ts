import type BetterSqlite3 from 'better-sqlite3'
import type { Database } from '../../src/main/engine/db/database.ts'

/** A statement that changed rows, and its named values. */
type Write = { readonly sql: string; readonly values: Readonly<Record<string, unknown>> }

const insertsInto = (table: string) => (write: Write) =>
  new RegExp(String.raw`^\s*INSERT\b[^(]*\bINTO ${table}\b`).test(write.sql)
const updatesTransfer = (isSo: (values: Write['values']) => boolean) => (write: Write) =>
  /^\s*UPDATE transfers\b/.test(write.sql) && isSo(write.values)
const movesTo = (state: string) => updatesTransfer((values) => values.state === state)
const sets = (column: string) => updatesTransfer((values) => values[column] != null)
const endsRow = updatesTransfer(({ state }) => state === 'canceling' || state === 'canceled')

/** The effects that the engine makes durable, each told from the writes of one transaction. */
const effects = {
  added: (writes) => writes.some(insertsInto('transfers')) && !writes.some(endsRow),
  'grant saved': (writes) => writes.some(insertsInto('grants')),
  granted: (writes) => writes.some(sets('key')),
  'upload id saved': (writes) => writes.some(sets('upload_id')),
  'part saved': (writes) => writes.some(insertsInto('parts')),
  completing: (writes) => writes.some(movesTo('completing')),
  completed: (writes) => writes.some(movesTo('completed')),
  reported: (writes) => writes.some(sets('reported_at')),
  paused: (writes) => writes.some(movesTo('paused')),
  canceling: (writes) => writes.some(movesTo('canceling')),
  canceled: (writes) => writes.some(movesTo('canceled')),
  failed: (writes) => writes.some(movesTo('failed')),
  'source changed row': (writes) => writes.some(insertsInto('transfers')) && writes.some(endsRow),
} as const satisfies Record<string, (writes: readonly Write[]) => boolean>

/**
 * Where to die: right before or right after the nth (default: first) commit of an effect. Before: all of its transaction
 * is written but not committed. After: it is committed, and nothing else was done.
 */
export type CrashPoint = {
  readonly when: 'before' | 'after'
  readonly effect: keyof typeof effects
  readonly nth?: number
}

/**
 * Calls `die` at a point of the database's life. `target` is one database, or the prototype of all that this process opens
 * later. Statements prepared earlier are not seen.
 */
export function crashAt(
  target: Pick<Database, 'prepare' | 'transaction'>,
  { when, effect, nth = 1 }: CrashPoint,
  die: () => void,
): void {
  const { prepare, transaction } = target
  let writes: Write[] = []
  let commits = 0

  target.transaction = function (this: Database, work: (...given: unknown[]) => unknown) {
    const commit = transaction.call(this, (outermost: boolean, given: unknown[]) => {
      const value = work(...given)
      if (outermost && when === 'before' && effects[effect](writes) && commits + 1 === nth) die()
      return value
    })
    return (...given: unknown[]) => {
      const outermost = !this.inTransaction
      if (outermost) writes = []
      const value = commit(outermost, given)
      if (outermost && effects[effect](writes)) {
        commits += 1
        if (when === 'after' && commits === nth) die()
      }
      return value
    }
  } as typeof transaction

  target.prepare = function (this: Database, sql: string) {
    const statement: BetterSqlite3.Statement<unknown[]> = prepare.call(this, sql)
    if (!/^\s*(INSERT|UPDATE)\b/.test(sql)) return statement
    const run = statement.run.bind(statement)
    statement.run = (...given: unknown[]) => {
      // a statement of its own is a transaction of its own
      if (!this.inTransaction) return this.transaction(() => statement.run(...given))()
      const result = run(...given)
      if (result.changes > 0) writes.push({ sql, values: (given[0] ?? {}) as Write['values'] })
      return result
    }
    return statement
  } as typeof prepare
}
