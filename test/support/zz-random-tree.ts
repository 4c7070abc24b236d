import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { crc32Of } from '../../src/main/engine/transfers/crc32.ts'

export type RandomTreeOptions = {
  /** In [0, 1). */
  readonly random: () => number
  /** Bytes of the largest file that is made at once. */
  readonly largest: number
  /** Whoever waits for so long (ms) may take what a slow writer has written so far for the whole. */
  readonly patience: number
}

export type RandomTree = ReturnType<typeof createRandomTree>

/** A file that is written piece by piece, and open between them. */
type Writer = { readonly path: string; readonly file: number; readonly pieces: Buffer[]; wroteAt: number }

const folders = [
  '',
  'scans',
  'scans/day 1',
  'scans/day 1/raw',
  'Überblick',
  'Überblick/文',
  'a+b & c/100%',
  'deep/er/and/deeper',
]
const extensions = ['bin', 'mov', 'tif', 'txt', 'JPG']
/** Below this, files come more often than they go, above that, the other way round. */
const fewFiles = 60
const manyFiles = 120

/**
 * Real files in the folder `watched` below `base`, which random operations change, and others in `away`, from where they
 * come and to where they go. It remembers what each path has ever held whole.
 */
export function createRandomTree(base: string, { random, largest, patience }: RandomTreeOptions) {
  /** What is in each file now, by its path below `base`. */
  const contents = new Map<string, Buffer>()
  const whole = new Map<string, Set<string>>()
  const writers: Writer[] = []
  let names = 0
  for (const side of ['watched', 'away']) mkdirSync(join(base, side), { recursive: true })

  const upTo = (most: number): number => Math.floor(random() * most)
  const oneOf = <Thing>(things: readonly Thing[]): Thing | undefined => things[upTo(things.length)]
  const at = (path: string): string => join(base, path)
  const bytes = (size: number): Buffer =>
    Buffer.from(Uint32Array.from({ length: Math.ceil(size / 4) }, () => upTo(2 ** 32)).buffer).subarray(0, size)
  const someBytes = (): Buffer => bytes(random() < 0.9 ? 1 + upTo(4_000) : 1 + upTo(largest))

  function newPath(side = 'watched'): string {
    names += 1
    const path = join(side, oneOf(folders) ?? '', `${names} é${upTo(10)}.${oneOf(extensions)}`)
    mkdirSync(dirname(at(path)), { recursive: true })
    return path
  }
  const holds = (path: string, content: Buffer): void => {
    ;(globalThis as any).treeLog?.push(Date.now() + ' holds ' + path + ' ' + crc32Of(content) + ' ' + (new Error().stack ?? '').split('\n').slice(2,6).map((l) => l.trim().split(' ')[1]).join('<'))
    contents.set(path, content)
    remember(path, content)
  }
  function remember(path: string, content: Buffer): void {
    const known = whole.get(path) ?? new Set()
    whole.set(path, known.add(crc32Of(content)))
  }
  const isBusy = (path: string): boolean => writers.some((writer) => `${writer.path}/`.startsWith(`${path}/`))
  const someFile = (side = 'watched'): string | undefined =>
    oneOf([...contents.keys()].filter((path) => path.startsWith(`${side}/`) && !isBusy(path)))
  const someFolder = (side = 'watched'): string | undefined => {
    const parents = [...contents.keys()].map(dirname).filter((path) => path.startsWith(`${side}/`))
    return oneOf([...new Set(parents)].filter((path) => !isBusy(path)))
  }

  function write(path: string, content: Buffer): void {
    writeFileSync(at(path), content)
    holds(path, content)
  }
  /** A file, or a folder with all that is in it. */
  function move(from: string, to: string): void {
    mkdirSync(dirname(at(to)), { recursive: true })
    renameSync(at(from), at(to))
    for (const [path, content] of [...contents]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue
      contents.delete(path)
      holds(to + path.slice(from.length), content)
    }
  }
  function remove(path: string): void {
    rmSync(at(path), { recursive: true })
    for (const held of contents.keys()) if (`${held}/`.startsWith(`${path}/`)) contents.delete(held)
  }
  function change(work: (path: string, content: Buffer) => void): void {
    const path = someFile()
    if (path === undefined) write(newPath(), someBytes())
    else work(path, contents.get(path) ?? Buffer.alloc(0))
  }
  function writeOn(writer: Writer): void {
    const piece = writer.pieces.shift()
    const before = contents.get(writer.path) ?? Buffer.alloc(0)
    if (Date.now() - writer.wroteAt >= patience) remember(writer.path, before)
    if (piece === undefined) {
      closeSync(writer.file)
      writers.splice(writers.indexOf(writer), 1)
      remember(writer.path, before)
    } else {
      writeSync(writer.file, piece)
      contents.set(writer.path, Buffer.concat([before, piece]))
      writer.wroteAt = Date.now()
    }
  }

  const operations: readonly (() => void)[] = [
    function create() {
      if (contents.size < manyFiles) write(newPath(), someBytes())
    },
    function writeSlowly() {
      const path = (random() < 0.3 ? someFile() : undefined) ?? newPath()
      contents.set(path, contents.get(path) ?? Buffer.alloc(0))
      const pieces = Array.from({ length: 1 + upTo(5) }, someBytes)
      writers.push({ path, file: openSync(at(path), 'a'), pieces, wroteAt: Date.now() })
    },
    function append() {
      change((path, content) => {
        const added = someBytes()
        appendFileSync(at(path), added)
        holds(path, Buffer.concat([content, added]))
      })
    },
    function truncate() {
      change((path, content) => {
        const size = upTo(content.length)
        truncateSync(at(path), size)
        holds(path, content.subarray(0, size))
      })
    },
    function replace() {
      change((path) => write(path, someBytes()))
    },
    function replaceBySameSize() {
      change((path, content) => {
        ;(globalThis as any).treeLog?.push(Date.now() + ' samesize ' + path)
        const { atime, mtime } = statSync(at(path))
        const file = openSync(at(path), 'r+')
        const other = bytes(content.length)
        writeSync(file, other)
        closeSync(file)
        if (random() < 0.5) utimesSync(at(path), atime, mtime)
        holds(path, other)
      })
    },
    function saveAtomically() {
      change((path) => {
        const draft = `${path}.saving`
        write(draft, someBytes())
        move(draft, path)
      })
    },
    function touch() {
      change((path) => (globalThis as any).treeLog?.push(Date.now() + ' touch ' + path) && utimesSync(at(path), new Date(), new Date()))
    },
    function rewriteTheSame() {
      change((path, content) => write(path, content))
    },
    function rename() {
      change((path) => move(path, newPath()))
    },
    function renameOver() {
      const target = someFile()
      change((path) => {
        if (target !== undefined && target !== path) move(path, target)
      })
    },
    function renameFolder() {
      const folder = someFolder()
      names += 1
      if (folder !== undefined) move(folder, `watched/moved ${names}`)
    },
    function moveOut() {
      const path = random() < 0.9 ? someFile() : someFolder()
      names += 1
      if (path !== undefined) move(path, `away/${names} ${path.slice(path.lastIndexOf('/') + 1)}`)
    },
    function moveIn() {
      const path = random() < 0.8 ? someFile('away') : someFolder('away')
      names += 1
      if (path !== undefined) move(path, `watched/${names} ${path.slice(path.lastIndexOf('/') + 1)}`)
    },
    function removeSomething() {
      const path = random() < 0.9 ? someFile() : someFolder()
      if (path !== undefined) remove(path)
    },
  ]

  const below = (path: string): string => path.slice('watched/'.length)
  return {
    watched: at('watched'),

    /** One operation; or the next piece of a file that is written slowly. */
    step(): void {
      const writer = random() < 0.5 ? oneOf(writers) : undefined
      if (writer) writeOn(writer)
      else if (contents.size < fewFiles && random() < 0.5) operations[0]?.()
      else oneOf(operations)?.()
    },

    /** Whoever writes slowly comes to the end. */
    finish(): void {
      for (const writer of [...writers]) while (writers.includes(writer)) writeOn(writer)
    },

    /** The files that are watched, by their paths below the folder, with the CRC32 of what is in them. */
    files: (): ReadonlyMap<string, string> =>
      new Map(
        [...contents.keys()]
          .filter((path) => path.startsWith('watched/'))
          .map((path) => [below(path), crc32Of(readFileSync(at(path)))]),
      ),

    /** Whether a path below the folder has ever held this, and not only while it was being written. */
    hasHeld: (path: string, crc32: string): boolean => whole.get(`watched/${path}`)?.has(crc32) ?? false,
  }
}
