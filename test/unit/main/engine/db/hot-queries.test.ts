import { expect, it } from 'vitest'
import { hotQueries } from '../../../../../src/main/engine/db/transfer-queries.ts'
import { temporaryDatabase } from '../../../../support/temporary-queue.ts'

/** The index, or the primary key, that each query lives on. */
const indexes: Readonly<Record<keyof typeof hotQueries, string>> = {
  runnable: 'transfers USING INDEX transfers_runnable',
  runnableAmong: 'transfers USING INTEGER PRIMARY KEY (rowid=?)',
  away: 'transfers USING INDEX transfers_away (id>?)',
  becomeDue: 'transfers USING INDEX transfers_due (account_id=? AND retry_at>?)',
  ungranted: 'transfers USING INDEX transfers_runnable',
  beingWritten: 'transfers USING INDEX transfers_being_written (folder_id=? AND id>?)',
  newsOfFolders: 'transfers USING INTEGER PRIMARY KEY (rowid=?)',
  nextRetry: 'transfers USING INDEX transfers_due (account_id=? AND retry_at>?)',
  unreported: 'transfers USING INDEX transfers_unreported (id>?)',
  openBySource: 'transfers USING INDEX transfers_open_source (account_id=? AND purpose=? AND source_path=?)',
  byUuid: 'transfers USING INDEX sqlite_autoindex_transfers_1 (uuid=?)',
  totals: 't USING COVERING INDEX transfers_totals (account_id=?)',
  list: 't USING INDEX transfers_listed (account_id=? AND list_rank<?)',
  parts: 'parts USING PRIMARY KEY (transfer_id=?)',
}

it.each(Object.keys(indexes) as (keyof typeof hotQueries)[])(
  '%s is answered from its index, in its order, without reading a whole table or sorting',
  (name) => {
    const sql = hotQueries[name]
    const values = Object.fromEntries([...sql.matchAll(/@(\w+)/g)].map(([, parameter]) => [parameter, '[]']))
    const plan = temporaryDatabase().prepare(`EXPLAIN QUERY PLAN ${sql}`).all(values) as { detail: string }[]
    const steps = plan.map(({ detail }) => detail)
    expect(steps.filter((step) => step.endsWith(indexes[name]))).toHaveLength(1)
    expect(steps.filter((step) => /^SCAN (?!.*USING .*INDEX|json_each)|TEMP B-TREE/.test(step))).toEqual([])
  },
)
