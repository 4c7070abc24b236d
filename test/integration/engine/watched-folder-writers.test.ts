import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { faultyFiles } from '../../support/faulty-files.ts'
import { arrives, puts, scene, watch } from '../../support/watched-scene.ts'

const hour = 3_600_000

/** Lets a shell of its own run a script in a folder until the test is over. */
function shell(cwd: string, script: string): void {
  const child = spawn('sh', ['-c', script], { cwd, detached: true, stdio: 'ignore' })
  onTestFinished(() => {
    // with what it started
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid)
  })
}

describe('a file in a watched folder arrives once and whole', () => {
  it.runIf(process.platform === 'linux')(
    'where a program copies it with a block each 5 s and has it open meanwhile',
    { timeout: 60_000 },
    async () => {
      const { lab, engine, folder } = await scene()
      await watch(engine, folder)
      const blocks = 'for block in one two; do sleep 5; printf $block; done'
      shell(folder, `mkfifo ../source; (${blocks}) > ../source & cp ../source film.mov`)
      const [row] = await engine.until((rows) =>
        rows.some(({ size, activity }) => size === 3 && activity === 'writing'),
      )
      expect(row).toMatchObject({ name: 'film.mov', failure: { kind: 'being_written' } })
      // its writer paused for 5 s, so it is waited for three times as long
      await arrives({ lab, engine }, { 'film.mov': 'onetwo' })
      expect(puts(lab)).toBe(1)
    },
  )

  it('where its writer closes it after each block and gives it the time that it had', { timeout: 60_000 }, async () => {
    const { lab, engine, folder } = await scene()
    await watch(engine, folder, { stillSeconds: 4 })
    shell(folder, 'for block in one two three four; do printf $block >> a.mov; touch -d @1 a.mov; sleep 1; done')
    await engine.until((rows) => rows.some(({ size, activity }) => size > 0 && activity === 'writing'))
    await arrives({ lab, engine }, { 'a.mov': 'onetwothreefour' })
    expect(puts(lab)).toBe(1)
  })

  it.each([
    { found: 'while it is written', ahead: 0 },
    { found: 'long after it was written', ahead: hour },
  ])('where another program has locked it, as on Windows, and it is found $found', async ({ ahead }) => {
    using disk = faultyFiles()
    const { lab, engine, folder, path } = await scene({ engine: { now: () => Date.now() + ahead } })
    await watch(engine, folder)
    disk.fail(path('locked.txt'), { open: 'EBUSY' })
    await writeFile(path('locked.txt'), 'locked')
    await writeFile(path('later.txt'), 'later')
    await arrives({ lab, engine }, { 'later.txt': 'later' })
    await engine.until((rows) => rows.some(({ name, activity }) => name === 'locked.txt' && activity === 'writing'))
    disk.fail(path('locked.txt'), {})
    await arrives({ lab, engine }, { 'later.txt': 'later', 'locked.txt': 'locked' })
    expect(puts(lab)).toBe(2)
  })
})
