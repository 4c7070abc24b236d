import { spawn } from 'node:child_process'
import { closeSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { sourceIdOf } from '../../../../../../src/main/engine/transfers/source-file.ts'
import { openForWriting, writingDescriptors } from '../../../../../../src/main/engine/watch/thread/open-for-writing.ts'
import { tree } from './tree.ts'

const idOf = (path: string): string => sourceIdOf(statSync(path, { bigint: true }))

/** A process that has a file open in a shell's way (`>>`, `<`, `<>`); resolves once it is so. */
async function processWith(redirection: string, path: string): Promise<void> {
  const process = spawn('sh', ['-c', `exec 9${redirection}"$1"; echo open; read _`, 'sh', path])
  onTestFinished(() => void process.kill())
  await new Promise((resolve) => process.stdout.once('data', resolve))
}

test.runIf(process.platform === 'linux')(
  'files that a process has open for writing are told, and no others',
  async () => {
    const root = tree({ appended: 'x', both: 'x', read: 'x', closed: 'x', 'other/appended': 'x' })
    const files = ['appended', 'both', 'read', 'closed', 'other/appended'].map((name) => join(root, name))
    const [appended = '', both = '', read = ''] = files
    await processWith('>>', appended)
    await processWith('<>', both)
    await processWith('<', read)
    expect(openForWriting(files.map(idOf), writingDescriptors('linux'))).toEqual(new Set([idOf(appended), idOf(both)]))
  },
)

test.runIf(process.platform === 'linux')('a file is open no longer when it is closed', () => {
  const file = join(tree({ a: 'x' }), 'a')
  const descriptor = openSync(file, 'a')
  expect(openForWriting([idOf(file)], writingDescriptors('linux'))).toEqual(new Set([idOf(file)]))
  closeSync(descriptor)
  expect(openForWriting([idOf(file)], writingDescriptors('linux'))).toEqual(new Set())
})

test('other systems tell nothing', () => {
  const file = join(tree({ a: 'x' }), 'a')
  const descriptor = openSync(file, 'a')
  onTestFinished(() => closeSync(descriptor))
  expect(writingDescriptors('darwin')).toEqual([])
})
