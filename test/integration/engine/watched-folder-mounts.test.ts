import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { canMount, canMountNetwork, mountsOf, withOwnMounts } from '../../support/own-mounts.ts'
import { value } from '../../support/value.ts'
import {
  arrives,
  does,
  folderOf,
  lookedThrough,
  patience,
  processScene,
  puts,
  unavailable,
  watch,
} from '../../support/watched-scene.ts'

describe('a drive that is watched', () => {
  it.runIf(canMount)('is unavailable when it is unplugged, and goes on by itself when it is back', async () => {
    const { lab, engine, folder } = await processScene({ through: withOwnMounts })
    const drive = mountsOf(engine)
    const plugIn = 'mount -t tmpfs none "$0" && printf a > "$0/a.txt" && touch -d @1 "$0/a.txt"'
    drive.run(plugIn, folder)
    await watch(engine, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    drive.run('umount "$0"', folder)
    await does(engine, unavailable('source_missing'))
    expect(await engine.list()).toMatchObject([{ name: 'a.txt', state: 'completed' }])
    drive.run(`${plugIn} && printf b > "$0/b.txt"`, folder)
    await arrives({ lab, engine }, { 'a.txt': 'a', 'b.txt': 'b' })
    await lookedThrough(engine)
    drive.run('printf c > "$0/c.txt"', folder)
    await arrives({ lab, engine }, { 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
    expect(puts(lab)).toBe(3)
  })
})

describe('a network drive that is watched', () => {
  /** The folder is a mount of a server, which others write to. */
  async function served() {
    const { lab, engine, folder } = await processScene({ through: withOwnMounts })
    const server = join(lab.folder, 'server')
    await mkdir(server)
    const mount = async () => {
      const fresh = ['--dir-cache-time', '0', '--attr-timeout', '0', '--config', '/dev/null']
      const child = mountsOf(engine).start('rclone', 'mount', ...fresh, `:local:${server}`, folder)
      onTestFinished(() => void child.kill('SIGKILL'))
      await vi.waitFor(() => mountsOf(engine).run('mountpoint "$0"', folder), patience)
      return child
    }
    const program = await mount()
    await writeFile(join(server, 'a.txt'), 'a')
    const { id } = await watch(engine, folder)
    return {
      ...{ lab, engine, program, mount },
      serve: (name: string) => writeFile(join(server, `${name}.txt`), name),
      unmount: () => mountsOf(engine).run('umount --lazy "$0"', folder),
      /** In place of the minute that passes. */
      look: async () => value(await engine.handlers.folders.lookAgain({ id })),
    }
  }
  const polling = { state: 'polling', reason: 'network_drive', detail: 'fuse.rclone', every: 60_000 } as const

  it.runIf(canMountNetwork)('is looked through at times, as is said, and finds what others write', async () => {
    const { lab, engine, program, mount, serve, unmount, look } = await served()
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    await does(engine, polling)
    await serve('b')
    await look()
    await arrives({ lab, engine }, { 'a.txt': 'a', 'b.txt': 'b' })

    program.kill('SIGKILL')
    await look()
    await does(engine, unavailable('source_missing'))
    await serve('c')
    unmount()
    await mount()
    await arrives({ lab, engine }, { 'a.txt': 'a', 'b.txt': 'b', 'c.txt': 'c' })
    await does(engine, polling)
    expect(puts(lab)).toBe(3)
  })

  it.runIf(canMountNetwork)('holds up nothing but itself while it hangs', async () => {
    const { lab, engine, program, serve, look } = await served()
    await arrives({ lab, engine }, { 'a.txt': 'a' })
    await serve('b')
    program.kill('SIGSTOP')
    await look()
    const others = Array.from({ length: 8 }, (_, number) => join(lab.folder, `${number}.txt`))
    for (const path of others) await writeFile(path, path)
    await engine.add(...others)
    await engine.until((rows) => rows.filter(({ state }) => state === 'completed').length === 1 + others.length)
    expect((await folderOf(engine)).counts.uploaded).toBe(1)
    program.kill('SIGCONT')
    await vi.waitFor(async () => expect((await folderOf(engine)).counts.uploaded).toBe(2), patience)
  })
})
