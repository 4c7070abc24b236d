import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { type StoredSession, storedSessionSchema } from '../../shared/session.ts'

/** Encrypts with a key that only this person's keychain holds. */
export type Cipher = {
  readonly encrypt: (text: string) => Promise<Buffer>
  readonly decrypt: (encrypted: Buffer) => Promise<string>
}

export type Vault = {
  /** False where there is no keychain: then nothing is kept, and the person signs in again after a restart. */
  readonly remembers: boolean
  /** The kept session; null when there is none, or when it cannot be read any more. */
  readonly load: () => Promise<StoredSession | null>
  /** Keeps the session, or forgets the kept one. */
  readonly keep: (session: StoredSession | null) => Promise<void>
}

/** Keeps the session encrypted in `file`, and never unencrypted. */
export function openVault(file: string, cipher: Cipher | null): Vault {
  let last = Promise.resolve()
  const store = async (session: StoredSession | null): Promise<void> => {
    if (session === null || cipher === null) return rm(file, { force: true })
    await writeFile(`${file}.new`, await cipher.encrypt(JSON.stringify(session)), { mode: 0o600 })
    await rename(`${file}.new`, file)
  }
  return {
    remembers: cipher !== null,
    load: async () => {
      if (cipher === null) return null
      try {
        return storedSessionSchema.parse(JSON.parse(await cipher.decrypt(await readFile(file))))
      } catch {
        return null
      }
    },
    keep: (session) => {
      const stored = last.then(() => store(session))
      last = stored.catch(() => undefined)
      return stored
    },
  }
}
