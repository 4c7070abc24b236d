import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { startServices } from '../services.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type Client, clientsOf } from './clients.ts'
import { cpuSecondsOf, type Measured, measureProcess } from './measure-process.ts'
import { mebibytes, median, type Section, sizeWords } from './section.ts'
import type { Sizes } from './sizes.ts'
import { makeSparseFile } from './sparse-file.ts'

type Sent = Measured & { readonly storeCpuSeconds: number; readonly loopDelay: number | null }

/** The engine beside other clients: the same file to the same store, one after the other in turns. */
export async function speed({ speed: size, rounds }: Sizes): Promise<Section> {
  await using opened = new AsyncDisposableStack()
  const { path: folder, remove } = await temporaryFolder('bench')
  opened.defer(remove)
  const services = await startServices({ flags: ['--discard'], direct: true })
  opened.defer(services.close)
  const file = join(folder, 'file.bin')
  await makeSparseFile(file, size)
  // From here on it is in memory, for the first client too.
  await finished(createReadStream(file).resume())

  const clients = await clientsOf(services, file, folder)
  const sent = new Map<Client, Sent[]>(clients.map((client) => [client, []]))
  for (let round = 1; round <= rounds; round += 1)
    for (const client of clients) {
      const { command, args, env } = client.run(round)
      const storeBefore = cpuSecondsOf(services.store.pid).own
      const measured = await measureProcess(command, args, env)
      const storeCpuSeconds = cpuSecondsOf(services.store.pid).own - storeBefore
      sent.get(client)?.push({ ...measured, storeCpuSeconds, loopDelay: await client.loopDelay() })
    }
  const gibibytes = size / 1024 ** 3
  return {
    title: 'Speed',
    about:
      `A file of ${sizeWords(size)}, in memory, over plain HTTP and loopback to the emulator, which keeps no bytes; 6 parts of 16 MiB at once, the clients' ` +
      `own defaults else. Medians of ${rounds} rounds, in which the clients take turns. Each is a process of its own, from its start to its end; ` +
      "the engine's signs in, gets a grant, and saves each part. *Store* is the emulator's own CPU time meanwhile: it takes one core, hashes all it " +
      'gets, and is what bounds the seconds of the fast ones. *Loop delay* is the 99th percentile of how late the event loop was.',
    tables: [
      {
        header: ['client', 'seconds', 'CPU s per GiB', 'store CPU s per GiB', 'peak MiB', 'loop delay ms'],
        rows: [...sent].map(([{ name }, runs]) => {
          const middle = (of: (run: Sent) => number) => median(runs.map(of))
          const delay = middle((run) => run.loopDelay ?? Number.NaN)
          return [
            name,
            middle((run) => run.seconds).toFixed(1),
            middle((run) => run.cpuSeconds / gibibytes).toFixed(2),
            middle((run) => run.storeCpuSeconds / gibibytes).toFixed(2),
            mebibytes(middle((run) => run.peakBytes)),
            Number.isNaN(delay) ? '' : delay.toFixed(1),
          ]
        }),
      },
    ],
    targets: [],
  }
}
