import { constants } from 'node:buffer'
import { chmodSync, renameSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { appendFile, chmod, mkdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  compareSources,
  lookAtSource,
  openSource,
  type SourceFile,
  sourceFailureOf,
  sourceIdOf,
} from '../../../../../src/main/engine/transfers/source-file.ts'
import { failed, ok } from '../../../../../src/shared/failure.ts'
import { faultyFiles } from '../../../../support/faulty-files.ts'
import { temporaryFolder } from '../../../../support/temporary-folder.ts'

const isRoot = process.getuid?.() === 0

function file(content: string): string {
  const path = join(temporaryFolder(), 'file')
  writeFileSync(path, content)
  return path
}

async function idOf(path: string): Promise<string> {
  const looked = await lookAtSource(path)
  if (!looked.ok) throw new Error(looked.failure.kind)
  return sourceIdOf(looked.value)
}

async function opened(path: string): Promise<SourceFile> {
  const source = await openSource(path, await idOf(path))
  if (!source.ok || typeof source.value === 'string') throw new Error('the file must open')
  const { close } = source.value
  onTestFinished(close)
  return source.value
}

describe('two source ids', () => {
  it.each([
    { now: '5:1:2:3:4', comparison: 'same', why: 'nothing differs' },
    { now: '6:1:2:3:4', comparison: 'changed', why: 'the size differs' },
    { now: '5:9:2:3:4', comparison: 'doubt', why: 'it was written to' },
    { now: '5:1:9:3:4', comparison: 'doubt', why: 'its rights or links changed' },
    { now: '5:1:2:9:9', comparison: 'doubt', why: 'it is mounted anew, or another file' },
    { now: '50:1:2:3:4', comparison: 'changed', why: 'the sizes only begin alike' },
  ])('are $comparison where $why', ({ now, comparison }) => {
    expect(compareSources('5:1:2:3:4', now)).toBe(comparison)
  })

  it('of an untouched file are the same, of one that was written to are not', async () => {
    const path = file('hello')
    const before = await idOf(path)
    expect(compareSources(before, await idOf(path))).toBe('same')
    utimesSync(path, 1, 1)
    expect(compareSources(before, await idOf(path))).toBe('doubt')
    await appendFile(path, '!')
    expect(compareSources(before, await idOf(path))).toBe('changed')
  })
})

describe('a look at a path', () => {
  it('follows a link to a file', async () => {
    const path = file('hello')
    symlinkSync(path, `${path}-link`)
    expect(await lookAtSource(`${path}-link`)).toMatchObject({ ok: true, value: { size: 5n } })
  })

  it('says that nothing is there', async () => {
    const path = file('')
    expect(await lookAtSource(`${path}-missing`)).toEqual(failed('source_missing', 'ENOENT'))
    expect(await lookAtSource(join(path, 'below'))).toEqual(failed('source_missing', 'ENOTDIR'))
  })

  it('says that a folder, a device or a socket is not a file', async () => {
    const folder = temporaryFolder()
    expect(await lookAtSource(folder)).toEqual(failed('not_a_file'))
    if (process.platform === 'win32') return
    const server = createServer()
    await new Promise<void>((listening) => server.listen(join(folder, 'socket'), listening))
    onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())))
    expect(await lookAtSource(join(folder, 'socket'))).toEqual(failed('not_a_file'))
    expect(await lookAtSource('/dev/null')).toEqual(failed('not_a_file'))
  })

  it('says that a link which leads to itself cannot be read', async () => {
    const path = join(temporaryFolder(), 'loop')
    symlinkSync(path, path)
    expect(await lookAtSource(path)).toEqual(failed('source_unreadable', 'ELOOP'))
  })

  it.skipIf(isRoot)('says that a folder above it may not be entered', async () => {
    const folder = join(temporaryFolder(), 'closed')
    await mkdir(folder)
    writeFileSync(join(folder, 'file'), '')
    await chmod(folder, 0)
    onTestFinished(() => chmodSync(folder, 0o700))
    expect(await lookAtSource(join(folder, 'file'))).toEqual(failed('source_unreadable', 'EACCES'))
  })

  it.each([
    { code: 'EACCES', kind: 'source_unreadable' },
    { code: 'EIO', kind: 'source_unreadable' },
    { code: 'EMFILE', kind: 'too_many_open_files' },
    { code: 'ENFILE', kind: 'too_many_open_files' },
    { code: 'ENODEV', kind: 'source_missing' },
    { code: 'ENXIO', kind: 'source_missing' },
    { code: 'ENOTCONN', kind: 'source_missing' },
    { code: 'ESTALE', kind: 'source_missing' },
  ] as const)('calls $code $kind', ({ code, kind }) => {
    expect(sourceFailureOf(Object.assign(new Error(), { code }))).toEqual({ kind, detail: code })
  })
})

describe('opening', () => {
  it('refuses another file than the one that was named', async () => {
    const path = file('hello')
    const before = await idOf(path)
    utimesSync(path, 1, 1)
    expect(await openSource(path, before)).toEqual(ok('doubt'))
    await appendFile(path, '!')
    expect(await openSource(path, before)).toEqual(ok('changed'))
  })

  it('says that the file is gone', async () => {
    const path = file('hello')
    const before = await idOf(path)
    rmSync(path)
    expect(await openSource(path, before)).toEqual(failed('source_missing', 'ENOENT'))
  })

  it.skipIf(isRoot)('says that the file may not be read', async () => {
    const path = file('hello')
    const before = await idOf(path)
    await chmod(path, 0)
    expect(await openSource(path, before)).toEqual(failed('source_unreadable', 'EACCES'))
  })
})

describe('an open source', () => {
  it('fills a buffer from where it is asked to', async () => {
    const source = await opened(file('hello world'))
    const buffer = Buffer.alloc(5)
    expect([await source.read(buffer, 6), buffer.toString()]).toEqual([ok('same'), 'world'])
    expect(await source.read(Buffer.alloc(0), 11)).toEqual(ok('same'))
  })

  it('is changed where the file shrank, though the bytes that were asked for are still there', async () => {
    const path = file('hello world')
    const source = await opened(path)
    truncateSync(path, 6)
    expect(await source.read(Buffer.alloc(5), 0)).toEqual(ok('changed'))
    expect(await source.read(Buffer.alloc(5), 6)).toEqual(ok('changed'))
    expect(await source.compare()).toEqual(ok('changed'))
  })

  it('is changed where the file grew', async () => {
    const path = file('hello world')
    const source = await opened(path)
    await appendFile(path, '!')
    expect(await source.read(Buffer.alloc(5), 0)).toEqual(ok('changed'))
  })

  it('is in doubt where another file of the same size took its place, or it was written to', async () => {
    const path = file('hello')
    const source = await opened(path)
    writeFileSync(`${path}-other`, 'HELLO')
    renameSync(`${path}-other`, path)
    expect(await source.read(Buffer.alloc(5), 0)).toEqual(ok('doubt'))
  })

  it('is in doubt, not changed, where only the rights of the file changed: nothing acknowledged may go for that', async () => {
    const path = file('hello')
    const source = await opened(path)
    await chmod(path, 0o600)
    await chmod(path, 0o640)
    expect(await source.read(Buffer.alloc(5), 0)).toEqual(ok('doubt'))
    expect(await source.compare()).toEqual(ok('doubt'))
  })

  it('is missing, not changed, where the file is gone: it may come back', async () => {
    const path = file('hello')
    const source = await opened(path)
    rmSync(path)
    expect(await source.read(Buffer.alloc(5), 0)).toEqual(failed('source_missing', 'ENOENT'))
    expect(await source.compare()).toEqual(failed('source_missing', 'ENOENT'))
  })

  it('is unreadable, and no error, where the handle is of no use any more', async () => {
    const source = await opened(file('hello'))
    await source.close()
    expect(await source.read(Buffer.alloc(5), 0)).toEqual(failed('source_unreadable', 'EBADF'))
  })

  it('is closed without an error where its drive, a network’s, fails at that as well', async () => {
    using files = faultyFiles()
    const path = file('content')
    const source = await opened(path)
    files.fail(path, { close: 'ENOTCONN' })
    await expect(source.close()).resolves.toBeUndefined()
    expect(await openSource(path, '1:1:1:1:1')).toEqual(ok('changed'))
  })

  it('is missing, not unreadable, where reading fails because its drive was pulled out', async () => {
    const path = file('hello')
    const source = await opened(path)
    await source.close()
    rmSync(path)
    expect(await source.read(Buffer.alloc(5), 0)).toEqual(failed('source_missing', 'ENOENT'))
  })

  it.skipIf(constants.MAX_LENGTH <= 2 ** 31)('takes a buffer of 2 GiB, more than one read may ask for', async () => {
    const source = await opened(file('hello'))
    expect(await source.read(Buffer.allocUnsafeSlow(2 ** 31), 0)).toEqual(ok('changed'))
  })
})
