import type { InvitationResponse } from '../../../shared/broker-invitations.ts'
import { not, type Trouble } from './answer.ts'
import type { Broker } from './broker.ts'
import { type FileRow, fileRow } from './file-row.ts'
import type { PickedFile } from './picked-files.ts'
import { requestSends } from './request-sends.ts'
import type { SavedSends, Send } from './saved-sends.ts'
import { sendRenewed } from './send-renewed.ts'
import { words } from './words.ts'

type Tools = {
  readonly broker: Broker
  readonly invitation: InvitationResponse
  readonly sends: SavedSends
  /** Shows a row; rows are shown in the order in which they come. */
  readonly showRow: (row: FileRow) => void
  /** Says why something that was dropped is not sent. */
  readonly refuse: (sentence: string) => void
  /** Lets the person choose one file. */
  readonly chooseOne: (onChosen: (file: File) => void) => void
  readonly onChange: (rows: readonly FileRow[]) => void
  /** A file needs nothing more, or cannot be sent: the invitation may have less left. */
  readonly onSettled: () => void
}

/** Sends what is given to `add`, some files at once, and goes on with what an earlier visit left. */
export type Sending = { readonly add: (picked: readonly PickedFile[]) => Promise<void> }

/** One row with what is known of its file; the file itself is gone after a reload until it is chosen again. */
type Entry = {
  send: Send
  file: File | null
  readonly row: FileRow
  readonly stop: AbortController
  /** It is of an earlier visit, or was given up once: its grant may need renewal. */
  isOld: boolean
}

const filesAtOnce = 2

export const startSending = async (tools: Tools): Promise<Sending> => {
  const { broker, invitation, sends } = tools
  const entries = new Map<string, Entry>()
  const waiting: Entry[] = []
  let running = 0

  const changed = () => tools.onChange([...entries.values()].map(({ row }) => row))

  const addEntry = (send: Send, file: File | null): Entry => {
    const row = fileRow(send, {
      onRetry: () => {
        entry.isOld = true
        begin(entry)
      },
      onChooseAgain: () => tools.chooseOne((chosen) => goOn(entry, chosen)),
      onRemove: () => void remove(entry),
    })
    const entry: Entry = { send, file, row, stop: new AbortController(), isOld: file === null }
    entries.set(send.id, entry)
    tools.showRow(row)
    return entry
  }

  const begin = (entry: Entry) => {
    entry.row.show({ is: 'waiting' })
    waiting.push(entry)
    changed()
    next()
  }

  const next = () => {
    if (running === filesAtOnce) return
    const entry = waiting.shift()
    if (entry === undefined) return
    running += 1
    void run(entry).finally(() => {
      running -= 1
      changed()
      tools.onSettled()
      next()
    })
    next()
  }

  const run = async (entry: Entry) => {
    const { row, stop, isOld } = entry
    if (stop.signal.aborted) return
    const shown: { stored: number; underWay: number; held: Trouble | null; isAnew: boolean } = {
      stored: storedOf(entry.send),
      underWay: 0,
      held: null,
      isAnew: false,
    }
    const show = (change: Partial<typeof shown>) => row.show({ is: 'sending', ...Object.assign(shown, change) })
    show({})
    changed()
    const outcome =
      entry.file === null
        ? not('unreadable')
        : await sendRenewed(entry.file, entry.send, {
            broker,
            purpose: invitation.purpose.name,
            isOld,
            signal: stop.signal,
            save: async (send) => {
              entry.send = send
              if (!stop.signal.aborted) await sends.save(send)
            },
            onProgress: (stored, underWay) => show({ stored, underWay }),
            onTrouble: (held) => show({ held }),
            onAnew: () => show({ stored: 0, isAnew: true }),
            onChecking: () => row.show({ is: 'checking' }),
          })
    if (outcome.ok) row.show({ is: 'arrived' })
    else if (outcome.trouble !== 'stopped') row.show({ is: 'failed', trouble: outcome.trouble })
  }

  const remove = async (entry: Entry) => {
    const { id, grant, key, uploadId } = entry.send
    entry.stop.abort()
    entry.row.element.remove()
    entries.delete(id)
    changed()
    await sends.remove(id)
    if (uploadId !== null) await broker.abort({ grant, key, uploadId })
  }

  const goOn = (entry: Entry, file: File) => {
    if (!isSame(entry.send, file)) {
      tools.refuse(words.refused.other(file.name))
      return
    }
    entry.file = file
    begin(entry)
  }

  for (const send of await sends.all()) {
    const { row } = addEntry(send, null)
    row.show(send.arrived ? { is: 'arrived' } : { is: 'again', stored: storedOf(send) })
  }
  changed()

  return {
    add: async (picked) => {
      const known = picked.map(({ file, path }) => ({
        file,
        path,
        entry: [...entries.values()].find(({ send, row }) => isSame(send, file) && row.state().is !== 'failed'),
      }))
      for (const { entry, file } of known) if (entry?.row.state().is === 'again') goOn(entry, file)
      const fresh = known.filter(({ entry }) => entry === undefined)
      if (fresh.length === 0) return
      const requested = await requestSends(fresh, { broker, invitation })
      if (!requested.ok) {
        tools.refuse(requested.sentence)
        return
      }
      for (const { send, file } of requested.sends) {
        await sends.save(send)
        begin(addEntry(send, file))
      }
    },
  }
}

const storedOf = ({ parts, partSize, size }: Send): number =>
  Object.keys(parts).reduce((sum, number) => sum + Math.min(partSize, size - (Number(number) - 1) * partSize), 0)

const isSame = (send: Send, { name, size, lastModified }: File): boolean =>
  send.name === name && send.size === size && send.lastModified === lastModified
