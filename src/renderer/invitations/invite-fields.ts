import { type InviteRequest, inviteRequestSchema } from '../../shared/broker-invitations.ts'
import type { Result } from '../../shared/failure.ts'

export const sizeUnits = ['MB', 'GB', 'TB'] as const
/** Decimal, as all sizes of the page. */
const bytesOf = { MB: 1e6, GB: 1e9, TB: 1e12 } as const satisfies Record<(typeof sizeUnits)[number], number>

/** As number fields give it: a text while it is none. */
type TypedNumber = number | string
export type TypedSize = { readonly amount: TypedNumber; readonly unit: (typeof sizeUnits)[number] }

/** Days that the link stays open, or until the end of a day that is named. */
export const openFor = ['1', '7', '30', 'date'] as const

/** What the person has typed. */
export type InviteFields = {
  readonly purpose: string
  readonly note: string
  readonly openFor: (typeof openFor)[number]
  /** `YYYY-MM-DD`; counts where `openFor` is `date`. */
  readonly date: string
  readonly total: TypedSize
  readonly files: TypedNumber
  /** Empty: as the purpose allows. */
  readonly largest: TypedSize
  /** Media types with commas or spaces between. Empty: as the purpose allows. */
  readonly types: string
}
export type WrongField = 'date' | 'total' | 'files' | 'largest' | 'types'

const fieldOf: Readonly<Record<string, WrongField>> = {
  expiresIn: 'date',
  maxBytes: 'total',
  maxFiles: 'files',
  maxSize: 'largest',
  contentTypes: 'types',
}

/** What is asked of the broker for these fields, at `now` (epoch ms); or which of them are wrong. */
export const inviteRequestOf = (fields: InviteFields, now: number): Result<InviteRequest, ReadonlySet<WrongField>> => {
  const { purpose, note, total, files, largest } = fields
  const maxBytes = bytesIn(total)
  const maxSize = largest.amount === '' ? undefined : bytesIn(largest)
  const contentTypes = fields.types
    .toLowerCase()
    .split(/[\s,;]+/)
    .filter((type) => type !== '')
  const parsed = inviteRequestSchema.safeParse({
    purpose,
    note: note.trim(),
    expiresIn: Math.floor((endOf(fields, now) - now) / 1_000),
    maxBytes,
    maxFiles: numberIn(files),
    ...(maxSize !== undefined && { maxSize }),
    ...(contentTypes.length > 0 && { contentTypes }),
  })
  const wrong = new Set(parsed.error?.issues.flatMap(({ path }) => fieldOf[String(path[0])] ?? []))
  if (maxSize !== undefined && maxSize > maxBytes) wrong.add('largest')
  return parsed.success && wrong.size === 0 ? { ok: true, value: parsed.data } : { ok: false, failure: wrong }
}

/** The last moment of a day `YYYY-MM-DD` by this computer's clock; NaN where it is none. */
const endOfDay = (date: string): number => {
  const [year = Number.NaN, month = Number.NaN, day = Number.NaN] = date.split('-').map(Number)
  return new Date(year, month - 1, day + 1).getTime()
}

const endOf = ({ openFor: days, date }: InviteFields, now: number): number =>
  days === 'date' ? endOfDay(date) : now + Number(days) * 86_400_000

/** NaN where nothing was typed. */
const numberIn = (typed: TypedNumber): number => (typed === '' ? Number.NaN : Number(typed))

const bytesIn = ({ amount, unit }: TypedSize): number => Math.round(numberIn(amount) * bytesOf[unit])
