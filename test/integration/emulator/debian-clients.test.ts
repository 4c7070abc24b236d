import { type ExecFileException, execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { bucket, startTestEmulator, temporaryFolder } from './test-emulator.ts'

/** Real programs of others are the check that the emulator speaks S3, and not a dialect of our own. */

const isInstalled = (program: string) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined

/** Runs a program to its end with nothing of this machine's settings; its standard output, or an Error with its standard error. */
function run(program: string, args: string[], home: string, environment: Record<string, string> = {}): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: home, LC_ALL: 'C.UTF-8', ...environment }
  return new Promise((resolve, reject) => {
    execFile(program, args, { env, cwd: home, timeout: 50_000 }, (error: ExecFileException | null, stdout, stderr) =>
      error === null ? resolve(stdout) : reject(new Error(`${program} ${args.join(' ')}: ${stderr}${stdout}`)),
    )
  })
}

async function startScene() {
  const running = await startTestEmulator()
  const home = await temporaryFolder()
  const small = join(home.path, 'a small file é.txt')
  const large = join(home.path, 'large.bin')
  await writeFile(small, 'small')
  await writeFile(large, randomBytes(17 * 1024 * 1024 + 1))
  return {
    ...running,
    home: home.path,
    small,
    large,
    [Symbol.asyncDispose]: async () => {
      await running[Symbol.asyncDispose]()
      await home[Symbol.asyncDispose]()
    },
  }
}

const sameBytes = async (left: string, right: string) => (await readFile(left)).equals(await readFile(right))

describe("Debian's awscli", { timeout: 120_000 }, () => {
  test('puts (also in parts), lists, copies, gets, syncs and deletes', async ({ skip }) => {
    skip(!isInstalled('aws'), 'aws is not installed')
    await using scene = await startScene()
    const { emulator, home, small, large } = scene
    const aws = (...args: string[]) =>
      run('aws', ['--endpoint-url', emulator.endpoint, ...args], home, {
        AWS_ACCESS_KEY_ID: emulator.accessKeyId,
        AWS_SECRET_ACCESS_KEY: emulator.secretAccessKey,
        AWS_DEFAULT_REGION: emulator.region,
        AWS_EC2_METADATA_DISABLED: 'true',
      })
    const s3 = `s3://${bucket}`

    await aws('s3', 'mb', 's3://another-bucket')
    await aws('s3', 'cp', small, `${s3}/folder/a small file é.txt`)
    await aws('s3', 'cp', large, `${s3}/large.bin`)
    expect(await aws('s3', 'ls', '--recursive', s3)).toMatch(/17825793 large\.bin/)
    expect(await aws('s3', 'ls', `${s3}/`)).toMatch(/PRE folder\//)

    await aws('s3', 'cp', `${s3}/large.bin`, 's3://another-bucket/copied.bin')
    await aws('s3', 'cp', 's3://another-bucket/copied.bin', join(home, 'back.bin'))
    expect(await sameBytes(join(home, 'back.bin'), large)).toBe(true)

    await aws('s3', 'sync', `${s3}/folder`, join(home, 'synced'))
    expect(await sameBytes(join(home, 'synced', 'a small file é.txt'), small)).toBe(true)

    const head = JSON.parse(await aws('s3api', 'head-object', '--bucket', bucket, '--key', 'large.bin'))
    expect(head).toMatchObject({ ContentLength: 17_825_793, ETag: expect.stringMatching(/-3"$/) })
    expect(JSON.parse(await aws('sts', 'get-caller-identity'))).toMatchObject({ Account: '123456789012' })

    await aws('s3', 'rm', '--recursive', s3)
    expect(await aws('s3', 'ls', '--recursive', s3)).toBe('')
    await aws('s3', 'rb', '--force', 's3://another-bucket')
    expect(await aws('s3', 'ls')).not.toMatch('another-bucket')
  })
})

describe("Debian's rclone", { timeout: 120_000 }, () => {
  test('puts (also in parts), lists, checks, copies, gets and deletes', async ({ skip }) => {
    skip(!isInstalled('rclone'), 'rclone is not installed')
    await using scene = await startScene()
    const { emulator, home, small, large } = scene
    const rclone = (...args: string[]) =>
      run('rclone', ['--retries', '1', '--low-level-retries', '1', ...args], home, {
        RCLONE_CONFIG: join(home, 'rclone.conf'),
        RCLONE_CONFIG_TEST_TYPE: 's3',
        RCLONE_CONFIG_TEST_PROVIDER: 'Other',
        RCLONE_CONFIG_TEST_ENDPOINT: emulator.endpoint,
        RCLONE_CONFIG_TEST_ACCESS_KEY_ID: emulator.accessKeyId,
        RCLONE_CONFIG_TEST_SECRET_ACCESS_KEY: emulator.secretAccessKey,
        RCLONE_CONFIG_TEST_UPLOAD_CUTOFF: '8M',
        RCLONE_CONFIG_TEST_CHUNK_SIZE: '6M',
      })
    const source = join(home, 'source')
    await mkdir(join(source, 'folder'), { recursive: true })
    await writeFile(join(source, 'folder', 'a small file é.txt'), await readFile(small))
    await writeFile(join(source, 'large.bin'), await readFile(large))

    await rclone('copy', source, `test:${bucket}/drop`)
    const listed = await rclone('lsf', '--recursive', '--format', 'sp', `test:${bucket}/drop`)
    expect(listed.trim().split('\n').sort()).toEqual([
      '-1;folder/',
      '17825793;large.bin',
      '5;folder/a small file é.txt',
    ])
    await rclone('check', '--download', source, `test:${bucket}/drop`)
    await rclone('copyto', `test:${bucket}/drop/large.bin`, `test:${bucket}/copied.bin`)
    await rclone('copyto', `test:${bucket}/copied.bin`, join(home, 'back.bin'))
    expect(await sameBytes(join(home, 'back.bin'), large)).toBe(true)
    await rclone('purge', `test:${bucket}`)
    expect(await rclone('lsf', 'test:')).toBe('')
  })
})

describe("Debian's s3cmd", { timeout: 120_000 }, () => {
  test('puts (also in parts), lists, gets, copies and deletes', async ({ skip }) => {
    skip(!isInstalled('s3cmd'), 's3cmd is not installed')
    await using scene = await startScene()
    const { emulator, home, small, large } = scene
    const { host } = new URL(emulator.endpoint)
    const configuration = [
      '[default]',
      `access_key = ${emulator.accessKeyId}`,
      `secret_key = ${emulator.secretAccessKey}`,
      `host_base = ${host}`,
      `host_bucket = ${host}`,
      'use_https = False',
      'multipart_chunk_size_mb = 6',
    ]
    await writeFile(join(home, 's3cfg'), configuration.join('\n'))
    const s3cmd = (...args: string[]) => run('s3cmd', ['--config', join(home, 's3cfg'), '--no-progress', ...args], home)

    await s3cmd('mb', 's3://another-bucket')
    await s3cmd('put', small, `s3://${bucket}/folder/a small file é.txt`)
    await s3cmd('put', large, `s3://${bucket}/large.bin`)
    expect(await s3cmd('ls', `s3://${bucket}`)).toMatch(/DIR.*folder\/[\s\S]*17825793.*large\.bin/)
    expect(await s3cmd('ls', '--recursive', `s3://${bucket}`)).toMatch('folder/a small file é.txt')
    await s3cmd('cp', `s3://${bucket}/folder/a small file é.txt`, 's3://another-bucket/copied.txt')
    await s3cmd('get', 's3://another-bucket/copied.txt', join(home, 'back.txt'))
    await s3cmd('get', `s3://${bucket}/large.bin`, join(home, 'back.bin'))
    expect(await sameBytes(join(home, 'back.txt'), small)).toBe(true)
    expect(await sameBytes(join(home, 'back.bin'), large)).toBe(true)
    await s3cmd('del', '--recursive', '--force', `s3://${bucket}`)
    await s3cmd('rb', `s3://${bucket}`)
    expect(await s3cmd('ls')).not.toMatch(bucket)
  })
})
