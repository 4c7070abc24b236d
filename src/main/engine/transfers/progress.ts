import type { Activity, TransferProgress } from '../../../shared/transfer.ts'
import { Rate } from './rate.ts'

type Tracked = {
  readonly uuid: string
  readonly size: number
  readonly rate: Rate
  activity: Activity
  acknowledged: number
  /** Bytes of the parts that are in memory, by part number; a part goes when it is acknowledged or lost. */
  readonly read: Map<number, number>
  /** How many of them left the process. */
  readonly inFlight: Map<number, number>
}

/** A gap between two transfers longer than this (ms) is a rest: the speed of the whole begins anew after it. */
const shortestRest = 1_000

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0)

/** The live numbers of the transfers that run. They live in memory only: the rows know what is acknowledged. */
export class Progress {
  readonly #now: () => number
  readonly #tracked = new Map<number, Tracked>()
  #total: Rate
  #restingSince = 0

  constructor(now: () => number) {
    this.#now = now
    this.#total = new Rate(now())
  }

  /** `acknowledged`: bytes that S3 has from runs before. */
  begin(id: number, uuid: string, size: number, activity: Activity, acknowledged: number): void {
    const now = this.#now()
    if (this.#tracked.size === 0 && now - this.#restingSince > shortestRest) this.#total = new Rate(now)
    const rate = new Rate(now)
    this.#tracked.set(id, { uuid, size, rate, activity, acknowledged, read: new Map(), inFlight: new Map() })
  }

  end(id: number): void {
    this.#tracked.delete(id)
    if (this.#tracked.size === 0) this.#restingSince = this.#now()
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
    tracked.read.clear()
    tracked.inFlight.clear()
  }

  /** A part of `bytes` was read and is about to be sent. */
  read(id: number, partNumber: number, bytes: number): void {
    this.#tracked.get(id)?.read.set(partNumber, bytes)
  }

  /** `bytes` of a part have left this process in the present attempt; what left since the last time is the speed. */
  sent(id: number, partNumber: number, bytes: number): void {
    const tracked = this.#tracked.get(id)
    if (tracked === undefined) return
    const left = Math.max(0, bytes - (tracked.inFlight.get(partNumber) ?? 0))
    tracked.inFlight.set(partNumber, bytes)
    tracked.rate.add(this.#now(), left)
    this.#total.add(this.#now(), left)
  }

  /** The part's attempt is over without S3's acknowledgement. */
  lost(id: number, partNumber: number): void {
    this.#forget(this.#tracked.get(id), partNumber)
  }

  acknowledged(id: number, partNumber: number, bytes: number): void {
    const tracked = this.#tracked.get(id)
    if (tracked === undefined) return
    this.#forget(tracked, partNumber)
    tracked.acknowledged += bytes
  }

  #forget(tracked: Tracked | undefined, partNumber: number): void {
    tracked?.read.delete(partNumber)
    tracked?.inFlight.delete(partNumber)
  }

  activityOf(id: number): Activity | null {
    return this.#tracked.get(id)?.activity ?? null
  }

  /** Of all that runs; `remaining` bytes are what of the whole queue S3 has not acknowledged. */
  total(remaining: number): Pick<TransferProgress, 'inFlight' | 'bytesPerSecond' | 'secondsLeft'> {
    const now = this.#now()
    const moving = this.#tracked.size > 0
    const inFlight = sum([...this.#tracked.values()].map((tracked) => sum(tracked.inFlight.values())))
    return {
      inFlight,
      bytesPerSecond: moving ? this.#total.bytesPerSecond(now) : 0,
      secondsLeft: moving ? this.#total.secondsLeft(now, Math.max(0, remaining - inFlight)) : null,
    }
  }

  all(): readonly TransferProgress[] {
    const now = this.#now()
    return [...this.#tracked.values()].map(({ uuid, size, rate, activity, acknowledged, read, inFlight }) => {
      const onTheWire = sum(inFlight.values())
      return {
        id: uuid,
        activity,
        read: acknowledged + sum(read.values()),
        acknowledged,
        inFlight: onTheWire,
        bytesPerSecond: rate.bytesPerSecond(now),
        secondsLeft: rate.secondsLeft(now, size - acknowledged - onTheWire),
      }
    })
  }
}
