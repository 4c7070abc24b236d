import { mostFilesPerGrant } from '../../../shared/broker-api.ts'
import type { Transfers } from '../db/transfers.ts'
import type { Permissions } from './permissions.ts'
import { retryDelay } from './retry.ts'
import type { Transfer } from './state.ts'

/** Completed rows are gathered for so long (ms), so that many small files make one report. */
const gathering = 1_000

export type ReportTools = {
  readonly transfers: Transfers
  readonly accountId: number
  readonly permissions: Permissions
  readonly now: () => number
  readonly random: () => number
  readonly onFatal: (error: unknown) => void
}

/**
 * Tells the broker of completed transfers, in batches of one grant. What is left to tell are the rows without
 * `reported_at`; telling twice is harmless, and no transfer waits for it. Any answer of the broker settles a row: that
 * an object was changed or taken away since it was completed is not the transfer's matter.
 */
export class Report {
  readonly #tools: ReportTools
  #timer: NodeJS.Timeout | null = null
  #isTelling = false
  /** Woken while telling: a row may have completed that was passed by already. */
  #again = false
  #failures = 0
  #ended = false

  constructor(tools: ReportTools) {
    this.#tools = tools
  }

  /** Something may be there to tell. */
  wake(): void {
    if (this.#timer !== null || this.#ended) return
    if (!this.#isTelling) this.#in(gathering)
    else this.#again = true
  }

  /** An answer that comes later is dropped: the next report of these rows tells the same. */
  end(): void {
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #in(delay: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#isTelling = true
      void this.#tellAll()
        .catch(this.#tools.onFatal)
        .finally(() => {
          this.#isTelling = false
          const again = this.#again
          this.#again = false
          if (this.#ended) return
          if (this.#failures > 0) this.#in(retryDelay(this.#failures, this.#tools.random()))
          else if (again) this.#in(gathering)
        })
    }, delay)
  }

  async #tellAll(): Promise<void> {
    const { transfers, accountId } = this.#tools
    let after = 0
    let refused = 0
    while (!this.#ended) {
      const rows = transfers.unreported(accountId, after, mostFilesPerGrant)
      const last = rows.at(-1)
      if (last === undefined) break
      for (const [grantId, ofGrant] of byGrant(rows)) {
        if (this.#ended) return
        if (!(await this.#tell(grantId, ofGrant))) refused += 1
      }
      after = last.id
    }
    this.#failures = refused === 0 ? 0 : this.#failures + 1
  }

  /** False: the broker did not answer, or refused this grant; the others are told all the same. */
  async #tell(grantId: number, rows: readonly Transfer[]): Promise<boolean> {
    const { transfers, permissions, now } = this.#tools
    const objects = rows.map(({ key, size, checksum }) => ({ key: key ?? '', size, crc32: checksum }))
    const confirmed = await permissions.confirm(grantId, objects)
    if (this.#ended || !confirmed.ok) return false
    transfers.insertAndApply(
      [],
      rows.map(({ id, checksum }, index) => {
        const object = confirmed.value[index]
        const same = object?.outcome === 'same' ? object : null
        const verification = same?.crc32 === checksum ? 'checksum' : null
        return { id, event: { type: 'reported', at: now(), verification, receipt: same?.receipt ?? null } }
      }),
    )
    return true
  }
}

function byGrant(rows: readonly Transfer[]): ReadonlyMap<number, readonly Transfer[]> {
  const grants = new Map<number, Transfer[]>()
  for (const row of rows) {
    if (row.grantId !== null) grants.set(row.grantId, [...(grants.get(row.grantId) ?? []), row])
  }
  return grants
}
