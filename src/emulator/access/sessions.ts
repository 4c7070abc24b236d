import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const sessionSchema = z.object({
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  kind: z.enum(['federated', 'role']),
  arn: z.string(),
  userId: z.string(),
  /** The inline session policy; null: a role's session without one, which may do everything. */
  policy: z.string().nullable(),
  /** Epoch milliseconds. */
  expiration: z.number(),
})

/** What STS gave out. */
export type Session = Readonly<z.infer<typeof sessionSchema>>

/** Session tokens: each holds its whole session, sealed, so that a restart forgets none and nothing has to be stored. */
export type Sessions = {
  seal(session: Session): string
  /** Null: not a token of this directory, or altered. */
  open(token: string): Session | null
}

/** The sealing key is kept in the directory: tokens live as long as it does. */
export function openSessions(directory: string): Sessions {
  const path = join(directory, 'session-key')
  if (!existsSync(path)) {
    writeFileSync(`${path}.new`, randomBytes(32), { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }
  const key = readFileSync(path)
  return {
    seal(session) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce)
      const sealed = Buffer.concat([cipher.update(JSON.stringify(session), 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')
    },
    open(token) {
      try {
        const bytes = Buffer.from(token, 'base64')
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
        decipher.setAuthTag(bytes.subarray(12, 28))
        const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
        return sessionSchema.parse(JSON.parse(text))
      } catch {
        return null
      }
    },
  }
}
