import { z } from 'zod'
import { type Destination, destinationSchema } from '../../../shared/broker-api.ts'
import type { Database } from './database.ts'

/** What the broker allowed; no credentials. `token` is only good together with the person's own sign-in. */
export type Grant = {
  readonly id: number
  readonly accountId: number
  readonly purpose: string
  readonly destination: Destination
  readonly token: string
  readonly renewUntil: number
}

const rowSchema = z.object({
  id: z.int(),
  account_id: z.int(),
  purpose: z.string(),
  kind: z.string(),
  bucket: z.string(),
  prefix: z.string(),
  region: z.string(),
  endpoint: z.string().nullable(),
  options: z.string(),
  token: z.string(),
  renew_until: z.int(),
})
/** The name of a store that grants point to; the database derives the same (`grants.address`). */
export const addressOf = ({ endpoint, region }: Destination): string => endpoint ?? region

/** What has no column of its own; a row of an earlier version lacks what was not known then. */
const optionsSchema = destinationSchema.pick({ addressing: true, accelerate: true, dualStack: true, options: true })

export type Grants = ReturnType<typeof createGrants>

/** The grants that rows point to. */
export function createGrants(database: Database) {
  const insert = database.prepare(`
    INSERT INTO grants (account_id, purpose, kind, bucket, prefix, region, endpoint, options, token, renew_until)
    VALUES (@accountId, @purpose, @kind, @bucket, @prefix, @region, @endpoint, @options, @token, @renewUntil)`)
  const select = database.prepare('SELECT * FROM grants WHERE id = ?')
  const updateRenewal = database.prepare('UPDATE grants SET token = @token, renew_until = @renewUntil WHERE id = @id')

  return {
    insert(grant: Omit<Grant, 'id'>): number {
      const { destination, ...rest } = grant
      const { addressing, accelerate, dualStack, options, ...columns } = destination
      const others = JSON.stringify({ addressing, accelerate, dualStack, options })
      const result = insert.run({ ...rest, ...columns, options: others })
      return Number(result.lastInsertRowid)
    },

    byId(id: number): Grant {
      const row = rowSchema.parse(select.get(id))
      const { kind, bucket, prefix, region, endpoint } = row
      return {
        id: row.id,
        accountId: row.account_id,
        purpose: row.purpose,
        destination: destinationSchema.parse({
          kind,
          bucket,
          prefix,
          region,
          endpoint,
          ...optionsSchema.parse(JSON.parse(row.options)),
        }),
        token: row.token,
        renewUntil: row.renew_until,
      }
    },

    /** Takes the token of a renewal in place of the one before. */
    renew(id: number, renewal: Pick<Grant, 'token' | 'renewUntil'>): void {
      updateRenewal.run({ id, ...renewal })
    },
  }
}
