import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mebibyte } from '../files.ts'
import { startServices } from '../services.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { engineRun } from './clients.ts'
import { type Measured, measureProcess } from './measure-process.ts'
import { mebibytes, type Section, sizeWords } from './section.ts'
import type { Sizes } from './sizes.ts'
import { makeSparseFile } from './sparse-file.ts'

/** What a larger file may cost the engine over a smaller one (issue: "memory flat"). */
const mostDifference = 32 * mebibyte

/** The engine's memory for files of several sizes. */
export async function memory({ memory: sizes, smallFiles, smallFile }: Sizes): Promise<Section> {
  await using opened = new AsyncDisposableStack()
  const { path: folder, remove } = await temporaryFolder('bench')
  opened.defer(remove)
  const services = await startServices({ flags: ['--discard'], direct: true })
  opened.defer(services.close)

  const send = (name: string, path: string): Promise<Measured> => {
    const { command, args, env } = engineRun(services, join(folder, `profile-${name}`), [path])
    return measureProcess(command, args, env)
  }
  const runs: { readonly name: string; readonly measured: Measured }[] = []
  for (const size of sizes) {
    const path = join(folder, `${size}.bin`)
    await makeSparseFile(path, size)
    runs.push({ name: `1 file of ${sizeWords(size)}`, measured: await send(String(size), path) })
  }
  const many = join(folder, 'many')
  await mkdir(many)
  for (let number = 1; number <= smallFiles; number += 1)
    await writeFile(join(many, `${number}.txt`), Buffer.alloc(smallFile, number))
  const manyName = `${smallFiles.toLocaleString('en')} files of ${sizeWords(smallFile)}`
  runs.push({ name: manyName, measured: await send('many', many) })

  const least = runs[0]?.measured.peakBytes ?? 0
  const difference = Math.max(...runs.slice(0, sizes.length).map(({ measured }) => measured.peakBytes - least))
  return {
    title: 'Memory',
    about:
      'The engine from a terminal (`src/main/engine/headless.ts`), with the young generation that Electron gives it (two halves of 8 MiB), sends sparse ' +
      'files to an emulator that keeps no bytes. *Peak* is the most memory that its process had at once (`VmHWM`); the parts on the wire, 6 of 16 MiB, ' +
      'are 96 MiB of it.',
    tables: [
      {
        header: ['sent', 'peak MiB', 'more than the first', 'seconds'],
        rows: runs.map(({ name, measured: { peakBytes, seconds } }) => [
          name,
          mebibytes(peakBytes),
          mebibytes(peakBytes - least),
          seconds.toFixed(1),
        ]),
      },
    ],
    targets: [
      {
        text: `a larger file costs ${mebibytes(difference)} MiB more than the smallest; less than ${mebibytes(mostDifference)} is asked.`,
        met: difference < mostDifference,
      },
    ],
  }
}
