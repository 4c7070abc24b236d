import type {
  ConfirmedObject,
  Destination,
  GrantFile,
  GrantRequest,
  GrantResponse,
  RenewResponse,
} from '../../../shared/broker-api.ts'
import {
  largestSingleRequest,
  type UploadCall,
  type UploadRequest,
  type UploadResponse,
} from '../../../shared/broker-uploads.ts'
import { failed, ok, type Result, type ServerFailure } from '../../../shared/failure.ts'
import { addressOf, type Grants } from '../db/grants.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import type { Transfer } from './state.ts'

type Answer<Value> = { readonly value: Value; readonly askedAt: number }

type Answered<Value> = Result<Value, ServerFailure>

/** What a transfer's object should be; a null CRC32 is not known yet. */
type ClaimedObject = { readonly key: string; readonly size: number; readonly crc32: string | null }

/** A signed-in person: whose rows run, and with what permissions. */
export type Account = { readonly id: number; readonly permissions: Permissions }

/** What is asked of the broker, for one signed-in person. */
export type Broker = {
  grant(request: GrantRequest): Promise<Answered<Answer<GrantResponse>>>
  renew(grant: string): Promise<Answered<Answer<RenewResponse>>>
  confirm(request: {
    grant: string
    objects: ClaimedObject[]
  }): Promise<Answered<{ objects: readonly ConfirmedObject[] }>>
  upload<Call extends UploadCall>(
    call: Call,
    request: UploadRequest<Call> & { readonly grant: string },
  ): Promise<Answered<UploadResponse<Call>>>
}

/** What can be asked of the broker about one grant. */
type GrantAtBroker = {
  renew(): Promise<Answered<Answer<RenewResponse>>>
  upload<Call extends UploadCall>(call: Call, request: UploadRequest<Call>): Promise<Answered<UploadResponse<Call>>>
}

/** The store of a grant. `isReady`: it has credentials that are good, so that it can be used without the broker. */
export type OpenedStore = { readonly store: ObjectStore; isReady(): boolean }

/** Opens the store of a grant; `first`: the answer that it came with just now. */
export type OpenStore = (
  destination: Destination,
  first: Answer<GrantResponse> | null,
  grant: GrantAtBroker,
) => OpenedStore

/** Stores that are remembered; a grant serves up to 1,000 files, so few are in use at once. */
const mostStores = 64

export type Granted = {
  readonly grantId: number
  readonly bucket: string
  readonly keys: ReadonlyMap<string, string>
  /** Each file has to go in a single request, whatever its size. */
  readonly inSingleRequests: boolean
}

/**
 * The permissions of one account: asks the broker for grants, keeps their stores, and lets the broker look at what
 * became of an object. Grants are kept in the database; credentials only in their stores.
 */
export class Permissions {
  readonly #accountId: number
  readonly #broker: Broker
  readonly #grants: Grants
  readonly #openStore: OpenStore
  readonly #onAnswer: () => void
  readonly #folderUuid: (folderId: number) => string | null
  readonly #addresses = new Map<number, string>()
  readonly #stores = new Map<number, OpenedStore>()

  #closed = false

  /** `onAnswer` hears of each good answer of the broker; `folderUuid`: a watched folder's name at the broker, null for one that is gone. */
  constructor(
    accountId: number,
    broker: Broker,
    grants: Grants,
    openStore: OpenStore,
    onAnswer: () => void,
    folderUuid: (folderId: number) => string | null,
  ) {
    this.#accountId = accountId
    this.#broker = broker
    this.#grants = grants
    this.#openStore = openStore
    this.#onAnswer = onAnswer
    this.#folderUuid = folderUuid
  }

  /** Nothing is saved any more: the person has signed out, or the database is about to close. */
  close(): void {
    this.#closed = true
  }

  /** One grant for up to 1,000 transfers of one purpose, and of one watched folder or of none; it is saved before this answers. */
  async ask(
    { purpose, folderId }: Pick<Transfer, 'purpose' | 'folderId'>,
    transfers: readonly Transfer[],
  ): Promise<Answered<Granted>> {
    const folder = folderId === null ? undefined : this.#folderUuid(folderId)
    if (folder === null) return failed('not_possible', 'folder')
    const answer = await this.#answered(this.#broker.grant({ purpose, folder, files: transfers.map(fileOf) }))
    if (!answer.ok) return answer
    const { grant: token, destination, keys, renewUntil } = answer.value.value
    const keyOf = new Map(keys.map(({ id, key }) => [id, key]))
    const whole = transfers.every(({ uuid }) => keyOf.get(uuid)?.startsWith(destination.prefix))
    if (!whole || new Set(keyOf.values()).size !== keyOf.size) return failed('broker_answer_invalid', 'keys')
    const inSingleRequests = destination.kind === 'single_request'
    // it would be held in memory as a whole
    const isTooLarge = inSingleRequests && transfers.some(({ size }) => size > largestSingleRequest)
    if (isTooLarge) return failed('too_large', 'single_request')
    const grantId = this.#grants.insert({ accountId: this.#accountId, purpose, destination, token, renewUntil })
    this.#keep(grantId, this.#open(grantId, destination, answer.value))
    return ok({ grantId, bucket: destination.bucket, keys: keyOf, inSingleRequests })
  }

  /** The grants that can be used without the broker. */
  get ready(): readonly number[] {
    return [...this.#stores].filter(([, { isReady }]) => isReady()).map(([grantId]) => grantId)
  }

  /** Whether a grant can be used without the broker. */
  isReady(grantId: number): boolean {
    return this.#stores.get(grantId)?.isReady() ?? false
  }

  /** Where a saved grant's objects go: the name under which its store is held and remembered. */
  addressOf(grantId: number): string {
    const address = this.#addresses.get(grantId) ?? addressOf(this.#grants.byId(grantId).destination)
    this.#addresses.set(grantId, address)
    return address
  }

  /** The store of a saved grant. */
  store(grantId: number): OpenedStore {
    const open = this.#stores.get(grantId)
    if (open !== undefined) return open
    const store = this.#open(grantId, this.#grants.byId(grantId).destination, null)
    this.#keep(grantId, store)
    return store
  }

  /** What is in the bucket under these keys of one grant; in the order of the question. */
  async confirm(grantId: number, objects: ClaimedObject[]): Promise<Answered<readonly ConfirmedObject[]>> {
    const { token: grant } = this.#grants.byId(grantId)
    const answer = await this.#answered(this.#broker.confirm({ grant, objects }))
    if (!answer.ok) return answer
    const byKey = new Map(answer.value.objects.map((object) => [object.key, object]))
    const confirmed = objects.flatMap(({ key }) => byKey.get(key) ?? [])
    return confirmed.length === objects.length ? ok(confirmed) : failed('broker_answer_invalid', 'objects')
  }

  async #answered<Value>(asked: Promise<Answered<Value>>): Promise<Answered<Value>> {
    const answer = await asked
    if (this.#closed) return failed('signed_out')
    if (!answer.ok) return { ok: false, failure: { ...answer.failure, from: 'broker' } }
    this.#onAnswer()
    return answer
  }

  #open(grantId: number, destination: Destination, first: Answer<GrantResponse> | null) {
    return this.#openStore(destination, first, {
      renew: async () => {
        if (this.#closed) return failed('signed_out')
        const renewed = await this.#answered(this.#broker.renew(this.#grants.byId(grantId).token))
        if (renewed.ok) {
          const { grant: token, renewUntil } = renewed.value.value
          this.#grants.renew(grantId, { token, renewUntil })
        }
        return renewed
      },
      upload: async (call, request) => {
        if (this.#closed) return failed('signed_out')
        const { token: grant } = this.#grants.byId(grantId)
        const answer = await this.#broker.upload(call, { ...request, grant })
        if (!answer.ok) return { ok: false, failure: { ...answer.failure, from: 'broker' } }
        // it tells what became of an upload, so it is not dropped because the person leaves
        if (!this.#closed) this.#onAnswer()
        return answer
      },
    })
  }

  /** The oldest makes room; a run that uses it goes on with it, the next one opens the grant's store again. */
  #keep(grantId: number, store: OpenedStore): void {
    this.#stores.set(grantId, store)
    const oldest = this.#stores.keys().next().value
    if (this.#stores.size > mostStores && oldest !== undefined) this.#stores.delete(oldest)
  }
}

const fileOf = ({ uuid: id, relativePath, size, contentType }: Transfer): GrantFile => ({
  id,
  name: (relativePath.split('/').at(-1) ?? '').toWellFormed().slice(-1_024),
  relativePath: relativePath.toWellFormed().slice(-8_192),
  size,
  contentType,
})
