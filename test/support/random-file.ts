import { randomBytes, randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { usualPart } from '../../src/main/engine/transfers/part-plan.ts'

/** Bytes of a file that has so many parts, of which the last is short. */
export const sizeOfParts = (parts: number, partSize: number = usualPart): number =>
  (parts - 1) * partSize + Math.ceil(partSize / 16)

/** A new file of random bytes in a folder. */
export async function randomFile(folder: string, size: number, name = `${randomUUID()}.mov`): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, randomBytes(size))
  return path
}
