import { parseArgs } from 'node:util'
import { isBucketName } from './operations/buckets.ts'

export const usage = `Usage: npm run emulator -- [options]

A small S3 and STS on loopback, for demos and tests.

  --port N              port of 127.0.0.1; chosen by the system by default
  --bucket NAME         a bucket that is there from the start
  --dir D               where objects and unfinished uploads are kept; a temporary folder by default
  --rate SIZE           bytes a second of all request bodies together, such as 40MB; unlimited by default
  --discard             keep no bytes: sizes, ETags and checksums only
  --min-part-size SIZE  least size of each part but the last; 5MiB by default, as S3
  --faults              open the switchboard of faults: a second address of 127.0.0.1, for tests of clients
  --help                this text

SIZE is a number of bytes, or one with kB, MB, GB, KiB, MiB or GiB behind it.`

/** What was asked for on the command line; null in `directory` asks for a temporary folder, in `bucket` for none. */
export type CommandLine = {
  readonly port: number
  readonly directory: string | null
  readonly bucket: string | null
  readonly bytesPerSecond: number | null
  readonly discard: boolean
  readonly minPartSize: number
  readonly faults: boolean
}

export type CommandLineResult =
  | { readonly kind: 'run'; readonly commandLine: CommandLine }
  | { readonly kind: 'help' }
  | { readonly kind: 'refused'; readonly message: string }

const units: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
}

/** Bytes of `40MB`, `5 MiB`, `1.5GB` or `1000`; null where it is no size. */
export function parseSize(text: string): number | null {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = units[unit.toLowerCase()]
  if (number === '' || factor === undefined) return null
  const bytes = Math.round(Number(number) * factor)
  return Number.isSafeInteger(bytes) ? bytes : null
}

/** Reads the emulator's arguments; a refusal names the flag. */
export function parseCommandLine(args: readonly string[]): CommandLineResult {
  const refused = (message: string): CommandLineResult => ({ kind: 'refused', message })
  let values: { [flag: string]: string | boolean | undefined }
  try {
    values = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '0' },
        bucket: { type: 'string' },
        dir: { type: 'string' },
        rate: { type: 'string' },
        discard: { type: 'boolean', default: false },
        'min-part-size': { type: 'string', default: '5MiB' },
        faults: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    return refused(error instanceof Error ? error.message : String(error))
  }
  if (values.help === true) return { kind: 'help' }
  const port = /^\d{1,5}$/.test(String(values.port)) ? Number(values.port) : Number.NaN
  if (!(port <= 65_535)) return refused(`--port must be a number from 0 to 65535, not "${values.port}"`)
  if (values.dir === '') return refused('--dir must name a folder')
  const bytesPerSecond = values.rate === undefined ? null : parseSize(String(values.rate))
  if (values.rate !== undefined && (bytesPerSecond === null || bytesPerSecond < 1))
    return refused(`--rate must be a size such as 40MB, not "${values.rate}"`)
  const minPartSize = parseSize(String(values['min-part-size']))
  if (minPartSize === null)
    return refused(`--min-part-size must be a size such as 5MiB, not "${values['min-part-size']}"`)
  const bucket = values.bucket === undefined ? null : String(values.bucket)
  if (bucket !== null && !isBucketName(bucket)) return refused(`--bucket must be a name as S3 allows, not "${bucket}"`)
  const directory = values.dir === undefined ? null : String(values.dir)
  return {
    kind: 'run',
    commandLine: {
      port,
      directory,
      bucket,
      bytesPerSecond,
      discard: values.discard === true,
      minPartSize,
      faults: values.faults === true,
    },
  }
}
