import { safeStorage } from 'electron'
import type { Cipher } from './vault.ts'

/**
 * The system's keychain; null where there is none (Linux without a secret service would "encrypt" with a key that everyone
 * knows). Electron's asynchronous calls are used where this version of it has them. To be called after the app is ready.
 */
export async function keychain(): Promise<Cipher | null> {
  if (process.platform === 'linux' && safeStorage.getSelectedStorageBackend() === 'basic_text') return null
  if (typeof safeStorage.isAsyncEncryptionAvailable === 'function') {
    if (!(await safeStorage.isAsyncEncryptionAvailable())) return null
    return {
      encrypt: (text) => safeStorage.encryptStringAsync(text),
      decrypt: async (encrypted) => (await safeStorage.decryptStringAsync(encrypted)).result,
    }
  }
  if (!safeStorage.isEncryptionAvailable()) return null
  return {
    encrypt: async (text) => safeStorage.encryptString(text),
    decrypt: async (encrypted) => safeStorage.decryptString(encrypted),
  }
}
