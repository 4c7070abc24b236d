/** What is kept of one file that is sent, so that it can go on after a reload. Times: epoch ms. */
export type Send = {
  /** The file's id in the grant. */
  readonly id: string
  readonly invitation: string
  /** By these a file that is chosen again is recognised. */
  readonly name: string
  readonly size: number
  readonly lastModified: number
  readonly path: string
  readonly type: string
  readonly grant: string
  readonly key: string
  readonly single: boolean
  readonly createOnly: boolean
  /** Whether the store keeps a checksum of the whole. */
  readonly fullObject: boolean
  readonly partSize: number
  readonly uploadId: string | null
  /** Acknowledged parts by their number, from 1. */
  readonly parts: Readonly<Record<number, SavedPart>>
  /** The broker said that it is there, whole. */
  readonly arrived: boolean
}
export type SavedPart = { readonly etag: string; readonly crc32: string }

/** The sends of one invitation in this browser. */
export type SavedSends = {
  readonly all: () => Promise<readonly Send[]>
  readonly save: (send: Send) => Promise<void>
  readonly remove: (id: string) => Promise<void>
}

/** Where the browser lets the page keep nothing, they are in memory, and a reload forgets them. */
export const openSavedSends = async (invitation: string): Promise<SavedSends> => {
  try {
    return inDatabase(await openDatabase(), invitation)
  } catch {
    return inMemory()
  }
}

const openDatabase = (): Promise<IDBDatabase> => {
  const opening = indexedDB.open('longshore-invitations', 1)
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore('sends', { keyPath: 'id' }).createIndex('invitation', 'invitation')
  }
  return answered(opening)
}

const inDatabase = (database: IDBDatabase, invitation: string): SavedSends => {
  const sends = (mode: IDBTransactionMode) => database.transaction('sends', mode).objectStore('sends')
  return {
    all: () => answered(sends('readonly').index('invitation').getAll(invitation)),
    save: async (send) => void (await answered(sends('readwrite').put(send))),
    remove: async (id) => void (await answered(sends('readwrite').delete(id))),
  }
}

const inMemory = (): SavedSends => {
  const sends = new Map<string, Send>()
  return {
    all: async () => [...sends.values()],
    save: async (send) => void sends.set(send.id, send),
    remove: async (id) => void sends.delete(id),
  }
}

const answered = <Value>(request: IDBRequest<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
