import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { killTree, processTree, runningOf } from '../../../scripts/process-tree.ts'

/** A process that starts another, which starts a third in a group of its own, and says both their ids. */
const family = `
  const { spawn } = require('node:child_process')
  const child = spawn(process.execPath, ['-e', \`
    const { spawn } = require('node:child_process')
    const grandchild = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' })
    console.log(process.pid + ' ' + grandchild.pid)
    setInterval(() => {}, 1000)
  \`], { stdio: ['ignore', 'inherit', 'inherit'] })
  setInterval(() => {}, 1000)
`

test.runIf(process.platform === 'linux')(
  'killing a tree ends every process in it, also one that left the group',
  async () => {
    const parent = spawn(process.execPath, ['-e', family], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] })
    const line = await new Promise<string>((resolve) => createInterface({ input: parent.stdout }).once('line', resolve))
    const pids = [parent.pid as number, ...line.split(' ').map(Number)]
    expect((await processTree(pids[0] as number)).toSorted()).toEqual(pids.toSorted())
    expect(await runningOf(pids)).toEqual(pids)
    await killTree(pids[0] as number)
    expect(await runningOf(pids)).toEqual([])
  },
)
