import type { Activity, TransferProgress } from '../../../shared/transfer.ts'
import { Rate } from './rate.ts'

type Tracked = {
  readonly uuid: string
  readonly size: number
  readonly rate: Rate
  activity: Activity
  acknowledged: number
  /** Bytes that left the process, by part number; a part goes when it is acknowledged or lost. */
  readonly inFlight: Map<number, number>
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0)

/** The live numbers of the transfers that run. They live in memory only: the rows know what is acknowledged. */
export class Progress {
  readonly #now: () => number
  readonly #tracked = new Map<number, Tracked>()
  #total: Rate

  constructor(now: () => number) {
    this.#now = now
    this.#total = new Rate(now())
  }

  begin(id: number, uuid: string, size: number, activity: Activity): void {
    if (this.#tracked.size === 0) this.#total = new Rate(this.#now())
    const rate = new Rate(this.#now())
    this.#tracked.set(id, { uuid, size, rate, activity, acknowledged: 0, inFlight: new Map() })
  }

  end(id: number): void {
    this.#tracked.delete(id)
  }

  /** The transfer sends from here on; `acknowledged` bytes are there already. */
  uploading(id: number, acknowledged: number): void {
    const tracked = this.#tracked.get(id)
    if (tracked === undefined) return
    tracked.activity = 'uploading'
    tracked.acknowledged = acknowledged
  }

  finishing(id: number): void {
    const tracked = this.#tracked.get(id)
    if (tracked === undefined) return
    tracked.activity = 'finishing'
    tracked.acknowledged = tracked.size
    tracked.inFlight.clear()
  }

  /** `bytes` of a part have left this process in the present attempt. */
  sent(id: number, partNumber: number, bytes: number): void {
    this.#tracked.get(id)?.inFlight.set(partNumber, bytes)
  }

  /** The part's attempt is over without S3's acknowledgement. */
  lost(id: number, partNumber: number): void {
    this.#tracked.get(id)?.inFlight.delete(partNumber)
  }

  acknowledged(id: number, partNumber: number, bytes: number): void {
    const tracked = this.#tracked.get(id)
    if (tracked === undefined) return
    tracked.inFlight.delete(partNumber)
    tracked.acknowledged += bytes
    tracked.rate.add(this.#now(), bytes)
    this.#total.add(this.#now(), bytes)
  }

  activityOf(id: number): Activity | null {
    return this.#tracked.get(id)?.activity ?? null
  }

  /** Of all that runs; `remaining` bytes are what the whole queue still has to send. */
  total(remaining: number): Pick<TransferProgress, 'inFlight' | 'bytesPerSecond' | 'secondsLeft'> {
    const now = this.#now()
    const moving = this.#tracked.size > 0
    return {
      inFlight: sum([...this.#tracked.values()].map((tracked) => sum(tracked.inFlight.values()))),
      bytesPerSecond: moving ? this.#total.bytesPerSecond(now) : 0,
      secondsLeft: moving ? this.#total.secondsLeft(now, remaining) : null,
    }
  }

  all(): readonly TransferProgress[] {
    const now = this.#now()
    return [...this.#tracked.values()].map((tracked) => ({
      id: tracked.uuid,
      activity: tracked.activity,
      acknowledged: tracked.acknowledged,
      inFlight: sum(tracked.inFlight.values()),
      bytesPerSecond: tracked.rate.bytesPerSecond(now),
      secondsLeft: tracked.rate.secondsLeft(now, tracked.size - tracked.acknowledged),
    }))
  }
}
