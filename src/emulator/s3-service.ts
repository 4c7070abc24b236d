import type { Authority } from './access/authenticate.ts'
import type { Pace } from './body/pace.ts'
import type { Switchboard } from './faults/switchboard.ts'
import type { Emulation } from './operations/operation.ts'
import { S3Error } from './s3-error.ts'

/** What serves S3. */
export type S3Service = {
  readonly authority: Authority
  readonly emulation: Emulation
  readonly pace: Pace
  readonly switchboard: Switchboard
}

/** S3's limit of a key in UTF-8 bytes. */
const longestKey = 1_024

/** Throws KeyTooLongError. */
export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > longestKey) throw new S3Error('KeyTooLongError', 'Your key is too long')
}
