import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import {
  arrives,
  does,
  patience,
  processScene,
  puts,
  scene,
  stored,
  unavailable,
  watch,
} from '../../support/watched-scene.ts'

/** A watched folder that goes with its drive, of which no system tells: the folder above it goes instead. */
async function onDrive() {
  const { lab, engine } = await scene()
  const folder = join(lab.folder, 'Drive', 'Dailies')
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'first.txt'), 'first')
  await watch(engine, folder)
  await arrives({ lab, engine }, { 'first.txt': 'first' })
  await does(engine, { state: 'watching' })
  const [drive, away] = [dirname(folder), join(lab.folder, 'Away')]
  return {
    ...{ lab, engine, folder },
    awayFolder: join(away, 'Dailies'),
    unplug: () => rename(drive, away),
    plugIn: () => rename(away, drive),
  }
}

describe('a watched folder of whose going the system does not tell', () => {
  it('is unavailable, and goes on by itself when it is back', async () => {
    const { lab, engine, folder, awayFolder, unplug, plugIn } = await onDrive()
    await unplug()
    await does(engine, { state: 'unavailable' })
    await writeFile(join(awayFolder, 'second.txt'), 'second')
    await plugIn()
    await arrives({ lab, engine }, { 'first.txt': 'first', 'second.txt': 'second' })
    await does(engine, { state: 'watching' })
    await writeFile(join(folder, 'third.txt'), 'third')
    await arrives({ lab, engine }, { 'first.txt': 'first', 'second.txt': 'second', 'third.txt': 'third' })
  })

  it('is looked through where another one is at its place at once, and watched from then on', async () => {
    const { lab, engine, folder, unplug } = await onDrive()
    await unplug()
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, 'second.txt'), 'second')
    await arrives({ lab, engine }, { 'first.txt': 'first', 'second.txt': 'second' })
    await does(engine, { state: 'watching' })
    await writeFile(join(folder, 'third.txt'), 'third')
    await vi.waitFor(async () => expect(await stored(lab)).toMatchObject({ 'third.txt': 'third' }), patience)
  })
})

it('what lands in a watched folder while the disk of the database is full is sent once there is room', async () => {
  const preload = pathToFileURL(join(import.meta.dirname, '../../support/full-disk.ts')).href
  const { lab, engine, folder, path } = await processScene({ nodeOptions: ['--import', preload] })
  await watch(engine, folder)
  await does(engine, { state: 'watching' })
  process.kill(engine.pid, 'SIGUSR2')
  const contents = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${index}.txt`, `content ${index}`]))
  for (const [name, content] of Object.entries(contents)) await writeFile(path(name), content)
  await does(engine, unavailable('disk_full'))
  process.kill(engine.pid, 'SIGUSR2')
  await vi.waitFor(async () => expect(await lab.objects()).toHaveLength(100), patience)
  await arrives({ lab, engine }, contents)
  expect(puts(lab)).toBe(100)
})
