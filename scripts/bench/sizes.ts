import { mebibyte } from '../files.ts'

const gibibyte = 1024 * mebibyte

/** How much each benchmark moves. */
export type Sizes = {
  /** Files whose memory is compared with that of the first, in bytes. */
  readonly memory: readonly number[]
  /** How many files of `smallFile` bytes are sent in one go. */
  readonly smallFiles: number
  readonly smallFile: number
  readonly speed: number
  /** How often each client sends the file, a resume is tried, or a request of the broker's is measured: the median counts. */
  readonly rounds: number
  readonly halfDone: number
  /** Of the upload with very many parts, which are of `smallPart` bytes. */
  readonly parts: number
  readonly smallPart: number
  readonly limitSeconds: number
  /** How long each request of the broker's is asked, in all rounds. */
  readonly brokerSeconds: number
  /** In the folder that is watched, and in the records of another one. */
  readonly watchedFiles: number
  readonly recordedFiles: number
}

const common = { smallFile: 4_096, rounds: 5, smallPart: 65_536 }

const usual: Sizes = {
  ...common,
  memory: [gibibyte, 8 * gibibyte],
  smallFiles: 10_000,
  speed: 2 * gibibyte,
  halfDone: 10 * gibibyte,
  parts: 10_000,
  limitSeconds: 30,
  brokerSeconds: 50,
  watchedFiles: 100_000,
  recordedFiles: 1_000_000,
}

/** The usual sizes; `large` adds a file of 64 GiB, `small` makes all of it so small that only the benchmark itself is tried. */
export function sizesFor({ large, small }: { readonly large: boolean; readonly small: boolean }): Sizes {
  const sizes: Sizes = small
    ? {
        ...common,
        memory: [128 * mebibyte, 256 * mebibyte],
        smallFiles: 200,
        speed: 128 * mebibyte,
        halfDone: 512 * mebibyte,
        parts: 1_100,
        limitSeconds: 4,
        brokerSeconds: 5,
        watchedFiles: 1_000,
        recordedFiles: 10_000,
      }
    : usual
  return large ? { ...sizes, memory: [...sizes.memory, 64 * gibibyte] } : sizes
}
