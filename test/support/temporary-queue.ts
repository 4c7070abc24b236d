import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createAccounts } from '../../src/main/engine/db/accounts.ts'
import { type Database, openDatabase } from '../../src/main/engine/db/database.ts'
import { createDrops } from '../../src/main/engine/db/drops.ts'
import { createGrants } from '../../src/main/engine/db/grants.ts'
import { createTransfers, type NewTransfer, type Transfers } from '../../src/main/engine/db/transfers.ts'
import { createUploadedFiles } from '../../src/main/engine/db/uploaded-files.ts'
import { droppedRoot, type EnqueueTools, enqueue } from '../../src/main/engine/transfers/enqueue.ts'
import type { Transfer, TransferEvent } from '../../src/main/engine/transfers/state.ts'
import { grant, newTransfer } from './builders.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** A new database in a file, closed when the test is over. */
export function temporaryDatabase(path = join(temporaryFolder(), 'longshore.db')): Database {
  const opened = openDatabase(path)
  if (!opened.ok) throw new Error(opened.failure)
  onTestFinished(() => {
    opened.value.close()
  })
  return opened.value
}

export type TemporaryQueue = {
  readonly database: Database
  readonly transfers: Transfers
  readonly enqueueTools: EnqueueTools
  readonly accountId: number
  readonly otherAccountId: number
  readonly grantId: number
  /** Rows that were announced as changed, in order. */
  readonly changed: number[]
  /** The queue's clock; a test sets it. */
  readonly clock: { now: number }
  /** Inserts a row and applies events to it, each of which must be accepted. */
  add(fields?: Partial<NewTransfer>, ...events: readonly TransferEvent[]): Transfer
  /** Writes a new file and takes it into the queue as one that was dropped; each of the events must be accepted. */
  addFile(content: string, ...events: readonly TransferEvent[]): Promise<Transfer>
  row(id: number): Transfer
}

/** A real queue in a real database with two accounts and one grant of the first; it does not wait for the disk. */
export function temporaryQueue(): TemporaryQueue {
  const database = temporaryDatabase()
  database.pragma('synchronous = OFF')
  const accounts = createAccounts(database)
  const accountId = accounts.idOf({ brokerUrl: 'https://broker.example', subject: 'ada', label: 'Ada' })
  const otherAccountId = accounts.idOf({ brokerUrl: 'https://broker.example', subject: 'grace', label: 'Grace' })
  const grantId = createGrants(database).insert(grant({ accountId }))
  const clock = { now: 1_000_000 }
  const changed: number[] = []
  const transfers = createTransfers(database, {
    now: () => clock.now,
    onChange: (id) => changed.push(id),
    uploadedFiles: createUploadedFiles(database, () => clock.now),
  })
  const enqueueTools = { transfers, drops: createDrops(database), isCurrent: () => true }
  const row = (id: number) => present(transfers.byId(id))
  const folder = temporaryFolder()
  const take = (id: number, events: readonly TransferEvent[]) => {
    for (const event of events) present(transfers.apply(id, event))
    return row(id)
  }
  return {
    ...{ database, transfers, enqueueTools, accountId, otherAccountId, grantId, changed, clock, row },
    add(fields = {}, ...events) {
      const added = newTransfer({ accountId, ...fields })
      transfers.insertAndApply([added], [])
      return take(present(transfers.byUuid(added.accountId, added.uuid)).id, events)
    },
    async addFile(content, ...events) {
      const path = join(folder, randomUUID())
      writeFileSync(path, content)
      await enqueue(enqueueTools, accountId, 'inbox', [droppedRoot(path)])
      return take(present(transfers.openBySource(accountId, 'inbox', path)).id, events)
    },
  }
}

function present<Value>(value: Value | null): Value {
  if (value === null) throw new Error('the row is not there, or its state refuses the event')
  return value
}
