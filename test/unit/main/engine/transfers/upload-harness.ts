import { crc32Of } from '../../../../../src/main/engine/transfers/crc32.ts'
import { complete } from '../../../../../src/main/engine/transfers/finish.ts'
import { Progress } from '../../../../../src/main/engine/transfers/progress.ts'
import type { GrantedTransfer } from '../../../../../src/main/engine/transfers/run.ts'
import { Slots } from '../../../../../src/main/engine/transfers/slots.ts'
import type { TransferEvent } from '../../../../../src/main/engine/transfers/state.ts'
import { upload } from '../../../../../src/main/engine/transfers/upload.ts'
import type { ConfirmedObject } from '../../../../../src/shared/broker-api.ts'
import { type FailureKind, ok, type Result } from '../../../../../src/shared/failure.ts'
import { granted } from '../../../../support/builders.ts'
import { memoryStore } from '../../../../support/memory-store.ts'
import { temporaryQueue } from '../../../../support/temporary-queue.ts'

/** The file, and where it goes. */
export const content = 'one, two, three, four'
export const crc32 = crc32Of(Buffer.from(content))
export const key = 'drops/1/file'

/** What the broker says of the object at the key. */
export const absent: Result<ConfirmedObject> = ok({ key, outcome: 'absent' })
export const different: Result<ConfirmedObject> = ok({ key, outcome: 'different' })
export const same = (stored: string | null = null): Result<ConfirmedObject> =>
  ok({ key, outcome: 'same', etag: 'e', versionId: null, crc32: stored })

/** What a store answers that does not do it. */
export const refusal = (kind: FailureKind, unclear = false) => {
  return { ok: false, failure: { kind, detail: null, unclear, retryAfter: null } } as const
}

const ever = new AbortController().signal

/** A granted row of a real file in parts of 5 bytes, and a store in memory with two slots. */
export async function uploadHarness({
  interfere,
  confirmed = absent,
  partSize = 5,
}: {
  interfere?: Parameters<typeof memoryStore>[0]
  confirmed?: Result<ConfirmedObject>
  partSize?: number
} = {}) {
  const queue = temporaryQueue()
  const memory = memoryStore(interfere)
  const { id, sourcePath: path } = await queue.addFile(content, granted(queue.grantId, key))
  queue.database.prepare('UPDATE transfers SET part_size = ? WHERE id = ?').run(partSize, id)
  const asked: unknown[] = []
  const tools = {
    transfers: queue.transfers,
    store: memory.store,
    slots: new Slots(2, partSize),
    progress: new Progress(() => 0),
    confirm: async (object: unknown) => {
      asked.push(object)
      return confirmed
    },
    onSaved: () => undefined,
  }
  const row = () => queue.row(id)
  const run = (signal = ever) => upload(row() as GrantedTransfer, tools, signal)
  const finish = () => complete(row() as GrantedTransfer & { uploadId: string }, tools)
  const begin = () => tools.progress.begin(id, row().uuid, row().size, 'preparing', 0)
  const numbers = () => queue.transfers.parts(id).map(({ partNumber }) => partNumber)
  const apply = (event: TransferEvent) => queue.transfers.apply(id, event)
  return { ...queue, ...memory, path, asked, tools, row, run, finish, begin, numbers, apply }
}
