import { openDatabase } from '../../src/main/engine/db/database.ts'
import type { TransferState } from '../../src/shared/transfer.ts'
import { value } from './value.ts'

type SavedRow = { readonly state: TransferState; readonly reported: boolean; readonly parts: number }

/** What an engine that is gone left in its database: its transfers, oldest first. Throws while an engine has it open. */
export function savedRows(profile: string): readonly SavedRow[] {
  const database = value(openDatabase(profile))
  const rows = database
    .prepare<[], { state: TransferState; reported: number; parts: number }>(
      `SELECT state, reported_at IS NOT NULL AS reported,
        (SELECT count(*) FROM parts WHERE transfer_id = transfers.id) AS parts
      FROM transfers ORDER BY id`,
    )
    .all()
  database.close()
  return rows.map((row) => ({ ...row, reported: row.reported === 1 }))
}
