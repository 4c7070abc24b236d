import type { Settings } from '../../../shared/settings.ts'
import type { QueueHold, RestKind } from '../../../shared/transfer.ts'
import { limitAt } from './schedule.ts'

/** What the machine told of itself. */
export type MachineState = { readonly asleep: boolean; readonly onBattery: boolean }

export type Rest = Pick<QueueHold, 'until'> & { readonly kind: RestKind }

/** What may be sent now: everything rests for a cause, or goes at a limit (bytes a second, null: none). */
export type Allowance = {
  readonly rest: Rest | null
  readonly limit: number | null
  /** When it changes by itself (epoch ms); null: not in sight. */
  readonly until: number | null
}

/** What settings, machine and the clock on the wall of `zone` (an IANA name) allow at `now` (epoch ms). */
export function allowanceAt(
  { limit: generalLimit, schedule, onlyOnMains }: Pick<Settings, 'limit' | 'schedule' | 'onlyOnMains'>,
  { asleep, onBattery }: MachineState,
  now: number,
  zone: string,
): Allowance {
  const { limit, until } = limitAt(schedule, generalLimit, now, zone)
  const rest = (kind: RestKind): Allowance => ({
    rest: { kind, until: kind === 'schedule' ? until : null },
    limit,
    until,
  })
  if (asleep) return rest('asleep')
  if (onlyOnMains && onBattery) return rest('on_battery')
  if (limit === 0) return rest('schedule')
  return { rest: null, limit, until }
}

/** The longest time (ms) without a look at the clock, which may jump, or be late after sleep. */
const longestWait = 30_000

export type LimitsTools = {
  readonly settings: () => Pick<Settings, 'limit' | 'schedule' | 'onlyOnMains'>
  readonly now: () => number
  /** Hears what is allowed from now on: at the beginning, and whenever it may have changed. */
  readonly allow: (allowance: Allowance) => void
}

/** Keeps what may be sent in step with the settings, the machine and the clock. */
export class Limits {
  readonly #tools: LimitsTools
  #machine: MachineState = { asleep: false, onBattery: false }
  #timer: NodeJS.Timeout | null = null

  constructor(tools: LimitsTools) {
    this.#tools = tools
    this.look()
  }

  /** The settings may have changed. */
  look(): void {
    this.end()
    const { settings, now, allow } = this.#tools
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
    const allowance = allowanceAt(settings(), this.#machine, now(), zone)
    allow(allowance)
    const wait = allowance.until === null ? longestWait : Math.max(1, allowance.until - now())
    this.#timer = setTimeout(() => this.look(), Math.min(longestWait, wait))
  }

  machineIs(state: Partial<MachineState>): void {
    this.#machine = { ...this.#machine, ...state }
    this.look()
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
  }
}
