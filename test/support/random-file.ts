import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usualPart } from '../../src/main/engine/transfers/part-plan.ts'

const mebibyte = 1024 * 1024

/** Sizes (bytes) of files that go by one PutObject, and in so many parts, of which the last is short. */
export const small = mebibyte
export const sizeOfParts = (parts: number): number => (parts - 1) * usualPart + mebibyte

/** A new file of random bytes in a folder. */
export async function randomFile(folder: string, size: number, name = `${randomUUID()}.mov`): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, randomBytes(size))
  return path
}
