import type {
  ConfirmedObject,
  Destination,
  GrantFile,
  GrantResponse,
  RenewResponse,
} from '../../../shared/broker-api.ts'
import { failed, ok, type Result } from '../../../shared/failure.ts'
import type { Grants } from '../db/grants.ts'
import type { ObjectStore } from '../s3/object-store.ts'
import type { Transfer } from './state.ts'

type Answer<Value> = { readonly value: Value; readonly askedAt: number }

/** A signed-in person: whose rows run, and with what permissions. */
export type Account = { readonly id: number; readonly permissions: Permissions }

/** What is asked of the broker, for one signed-in person. */
export type Broker = {
  grant(request: { purpose: string; files: GrantFile[] }): Promise<Result<Answer<GrantResponse>>>
  renew(grant: string): Promise<Result<Answer<RenewResponse>>>
  confirm(request: {
    grant: string
    objects: { key: string; size: number; crc32: string }[]
  }): Promise<Result<{ objects: readonly ConfirmedObject[] }>>
}

/** Makes the store of a grant; `first` are credentials that came with it, `renew` asks for new ones. */
export type OpenStore = (
  destination: Destination,
  first: Answer<GrantResponse> | null,
  renew: () => Promise<Result<Answer<RenewResponse>>>,
) => ObjectStore

/** Stores that are remembered; a grant serves up to 1,000 files, so few are in use at once. */
const mostStores = 64

export type Granted = { readonly grantId: number; readonly bucket: string; readonly keys: ReadonlyMap<string, string> }

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
  readonly #stores = new Map<number, ObjectStore>()

  #closed = false

  /** `onAnswer` hears of each good answer of the broker. */
  constructor(accountId: number, broker: Broker, grants: Grants, openStore: OpenStore, onAnswer: () => void) {
    this.#accountId = accountId
    this.#broker = broker
    this.#grants = grants
    this.#openStore = openStore
    this.#onAnswer = onAnswer
  }

  /** Nothing is saved any more: the person has signed out, or the database is about to close. */
  close(): void {
    this.#closed = true
  }

  /** One grant for up to 1,000 transfers of one purpose; it is saved before this answers. */
  async ask(purpose: string, transfers: readonly Transfer[]): Promise<Result<Granted>> {
    const answer = await this.#answered(this.#broker.grant({ purpose, files: transfers.map(fileOf) }))
    if (!answer.ok) return answer
    const { grant: token, destination, keys, renewUntil } = answer.value.value
    const keyOf = new Map(keys.map(({ id, key }) => [id, key]))
    const whole = transfers.every(({ uuid }) => keyOf.get(uuid)?.startsWith(destination.prefix))
    if (!whole || new Set(keyOf.values()).size !== keyOf.size) return failed('broker_answer_invalid', 'keys')
    const grantId = this.#grants.insert({ accountId: this.#accountId, purpose, destination, token, renewUntil })
    this.#keep(grantId, this.#open(grantId, destination, token, answer.value))
    return ok({ grantId, bucket: destination.bucket, keys: keyOf })
  }

  /** The store of a saved grant. */
  store(grantId: number): ObjectStore {
    const open = this.#stores.get(grantId)
    if (open !== undefined) return open
    const { destination, token } = this.#grants.byId(grantId)
    const store = this.#open(grantId, destination, token, null)
    this.#keep(grantId, store)
    return store
  }

  /** What is in the bucket under these keys of one grant; in the order of the question. */
  async confirm(
    grantId: number,
    objects: { key: string; size: number; crc32: string }[],
  ): Promise<Result<readonly ConfirmedObject[]>> {
    const { token: grant } = this.#grants.byId(grantId)
    const answer = await this.#answered(this.#broker.confirm({ grant, objects }))
    if (!answer.ok) return answer
    const byKey = new Map(answer.value.objects.map((object) => [object.key, object]))
    const confirmed = objects.flatMap(({ key }) => byKey.get(key) ?? [])
    return confirmed.length === objects.length ? ok(confirmed) : failed('broker_answer_invalid', 'objects')
  }

  async #answered<Value>(asked: Promise<Result<Value>>): Promise<Result<Value>> {
    const answer = await asked
    if (this.#closed) return failed('signed_out')
    if (answer.ok) this.#onAnswer()
    return answer
  }

  #open(grantId: number, destination: Destination, token: string, first: Answer<GrantResponse> | null) {
    return this.#openStore(destination, first, async () => {
      const renewed = await this.#answered(this.#broker.renew(token))
      if (renewed.ok) this.#grants.setRenewUntil(grantId, renewed.value.value.renewUntil)
      return renewed
    })
  }

  /** The oldest makes room; a run that uses it goes on with it, the next one opens the grant's store again. */
  #keep(grantId: number, store: ObjectStore): void {
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
