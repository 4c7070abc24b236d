import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { usualPart } from '../../src/main/engine/transfers/part-plan.ts'
import { usualSettings } from '../../src/shared/settings.ts'
import { runCommand } from '../run-command.ts'
import type { Services } from '../services.ts'

/** How to run something that uploads. */
export type Run = { readonly command: string; readonly args: readonly string[]; readonly env: NodeJS.ProcessEnv }

/** Something that can upload a file; `run` uploads it once more, under another key. */
export type Client = {
  readonly name: string
  readonly run: (round: number) => Run
  /** Of the latest run, in ms; null where it is no Node process. */
  readonly loopDelay: () => Promise<number | null>
}

const slots = usualSettings.slots
const beside = (name: string): string => join(import.meta.dirname, name)
const headless = join(import.meta.dirname, '../../src/main/engine/headless.ts')

/** As much heap as Electron gives its utility processes (measured): 8 MiB for each half of V8's young generation; Node's own takes up to 64. */
export const heapOfTheApp = '--max-semi-space-size=8'

/** The engine from a terminal, on a profile of its own and with as much heap as in the app; `nodeOptions` come first. */
export const engineRun = (
  { brokerUrl, token }: Pick<Services, 'brokerUrl' | 'token'>,
  profile: string,
  paths: readonly string[],
  nodeOptions: readonly string[] = [],
): Run => ({
  command: process.execPath,
  args: [...nodeOptions, heapOfTheApp, headless, '--broker', brokerUrl, '--profile', profile, ...paths],
  env: { ...process.env, LONGSHORE_TOKEN: token },
})

/**
 * The engine, and whatever else is installed here, told the same: this store, path style, our part size and as many parts
 * at once. `folder` is theirs.
 */
export async function clientsOf(
  { brokerUrl, token, bucket, store: { endpoint, region, accessKeyId, secretAccessKey } }: Services,
  file: string,
  folder: string,
): Promise<readonly Client[]> {
  // Nothing of this machine's settings.
  const env = { PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8' }
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region }
  const loopDelayFile = join(folder, 'loop-delay')
  const watched = { LOOP_DELAY_FILE: loopDelayFile }
  const watching = ['--import', beside('loop-delay.ts')]
  const loopDelay = async () => Number(await readFile(loopDelayFile, 'utf8'))

  const engine: Client = {
    name: "Longshore's engine",
    run(round) {
      const run = engineRun({ brokerUrl, token }, join(folder, `profile-${round}`), [file], watching)
      return { ...run, env: { ...run.env, ...watched } }
    },
    loopDelay,
  }
  const { version } = createRequire(import.meta.url)('@aws-sdk/lib-storage/package.json') as { version: string }
  const libStorage: Client = {
    name: `@aws-sdk/lib-storage ${version}`,
    run: (round) => ({
      command: process.execPath,
      args: [
        ...watching,
        ...[beside('lib-storage-upload.ts'), endpoint, bucket, `lib-storage-${round}`, file],
        ...[String(usualPart), String(slots)],
      ],
      env: { ...env, ...keys, ...watched },
    }),
    loopDelay,
  }

  const rclone = (name: string): Client => ({
    name,
    run: (round) => ({
      command: 'rclone',
      args: ['copyto', file, `store:${bucket}/rclone-${round}`, '--retries', '1', '--low-level-retries', '1'],
      env: {
        ...env,
        RCLONE_CONFIG: join(folder, 'rclone.conf'),
        RCLONE_CONFIG_STORE_TYPE: 's3',
        RCLONE_CONFIG_STORE_PROVIDER: 'Other',
        RCLONE_CONFIG_STORE_ENDPOINT: endpoint,
        RCLONE_CONFIG_STORE_ACCESS_KEY_ID: accessKeyId,
        RCLONE_CONFIG_STORE_SECRET_ACCESS_KEY: secretAccessKey,
        RCLONE_CONFIG_STORE_CHUNK_SIZE: `${usualPart}B`,
        RCLONE_CONFIG_STORE_UPLOAD_CUTOFF: `${usualPart}B`,
        RCLONE_CONFIG_STORE_UPLOAD_CONCURRENCY: String(slots),
      },
    }),
    loopDelay: async () => null,
  })

  const awsConfig = join(folder, 'aws-config')
  const aws = (name: string): Client => ({
    name,
    run: (round) => ({
      command: 'aws',
      args: [...['--endpoint-url', endpoint, 's3', 'cp', '--only-show-errors', file], `s3://${bucket}/aws-${round}`],
      env: {
        ...env,
        ...keys,
        AWS_DEFAULT_REGION: region,
        AWS_CONFIG_FILE: awsConfig,
        AWS_EC2_METADATA_DISABLED: 'true',
      },
    }),
    loopDelay: async () => null,
  })
  await writeFile(
    awsConfig,
    `[default]
s3 =
  addressing_style = path
  multipart_threshold = ${usualPart}
  multipart_chunksize = ${usualPart}
  max_concurrent_requests = ${slots}
`,
  )

  const installed = async (program: string, client: (name: string) => Client) => {
    const { code, stdout } = await runCommand(program, ['--version'], { env })
    return code === 0 ? [client(`${program} ${/\d+(\.\d+)+/.exec(stdout)?.[0] ?? ''}`)] : []
  }
  return [engine, libStorage, ...(await installed('rclone', rclone)), ...(await installed('aws', aws))]
}
