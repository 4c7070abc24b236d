import { setImmediate as breath } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { failed, ok, type Result } from '../../../../shared/failure.ts'
import type { FromFolderThread, Question, ToFolderThread } from '../folder-messages.ts'
import type { FoundFile, WalkOptions, WatchTrouble } from '../found.ts'
import type { Place } from './entries.ts'
import { explain } from './explain.ts'
import { lookAtFile } from './found-file.ts'
import { mountsIn, networkMountsOf, readMounts } from './mounts.ts'
import { openForWriting, type WritingDescriptor, writingDescriptors } from './open-for-writing.ts'
import { systemWatch } from './system-watch.ts'
import { list, type Search, walk } from './walk.ts'
import { openRoot, type WatchedRoot } from './watched-root.ts'
import { Watcher } from './watcher.ts'

/** The thread of one folder: answers what `folder-thread` asks, with calls that hold nobody but this thread. */

/** Files of one batch. */
const batchSize = 500
/** Items that are looked at before other questions may have the thread for a moment. */
const breathAfter = 250

/**
 * How long what was seen of all processes is good for (ms): a look through a large folder asks hundreds of times. Whoever wrote
 * to a file that has been still for this long, as all that are asked about, had it open then.
 */
const writingGoodFor = 1_000

/**
 * Between two looks whether the folder is still the one that is watched (ms): no system tells where it goes with a folder above
 * it, with its drive, or behind what is mounted over it.
 */
const presenceRest = 5_000

const port = parentPort
if (port === null) throw new Error('runs as a worker only')
const path: string = workerData
const { platform } = process
/** Searches under way; `goOn`: the files that were sent are taken. */
type UnderWay = { isStopped: boolean; goOn: () => void }
const searches = new Map<number, UnderWay>()
let writing: { readonly seenAt: number; readonly descriptors: readonly WritingDescriptor[] } = {
  seenAt: Number.NEGATIVE_INFINITY,
  descriptors: [],
}
let watching: { readonly id: number; readonly watcher: Watcher } | null = null
let presence: NodeJS.Timeout | undefined

const tell = (message: FromFolderThread): void => port.postMessage(message)

port.on('message', (message: ToFolderThread) => {
  switch (message.kind) {
    case 'question':
      void answer(message.id, message.question).then((answer) => tell({ kind: 'answer', id: message.id, answer }))
      return
    case 'next':
    case 'stop': {
      const search = searches.get(message.id)
      if (search === undefined) return
      search.isStopped = message.kind === 'stop'
      search.goOn()
      return
    }
    case 'heard':
      if (watching?.id === message.id) watching.watcher.heard()
      return
  }
})

async function answer(id: number, question: Question): Promise<unknown> {
  switch (question.ask) {
    case 'walk':
      return search(id, question.input[0], walk)
    case 'list':
      return search(id, question.input[0], (place) => list(place, question.input[1]))
    case 'look': {
      const root = openRoot(path)
      return question.input[0].map((file) => (root.ok ? lookAtFile(root.value, file, platform) : 'unread'))
    }
    case 'openForWriting':
      return openForWriting(question.input[0], descriptorsSeen(question.input[1] === 'now' ? 0 : writingGoodFor))
    case 'watch':
      return watch(id, question.input[0])
    case 'explain': {
      const root = openRoot(path)
      return root.ok ? explain({ root: root.value, options: question.input[0], platform }, question.input[1]) : null
    }
  }
}

/** What was seen of all processes, no longer ago than `goodFor` (ms). */
function descriptorsSeen(goodFor: number): readonly WritingDescriptor[] {
  const now = performance.now()
  if (now - writing.seenAt > goodFor) writing = { seenAt: now, descriptors: writingDescriptors(platform) }
  return writing.descriptors
}

/** Runs a search; the next batch is made ready while the last one is taken. */
async function search<Outcome>(
  id: number,
  options: WalkOptions,
  start: (place: Place) => Search<Outcome>,
): Promise<Result<Outcome>> {
  const root = openRoot(path)
  if (!root.ok) return root
  const own: UnderWay = { isStopped: false, goOn: () => undefined }
  searches.set(id, own)
  const found = start({ root: root.value, options, platform })
  let taken: Promise<void> = Promise.resolve()
  let files: FoundFile[] = []
  let seen = 0
  const send = async (): Promise<void> => {
    await taken
    if (own.isStopped || files.length === 0) return
    taken = new Promise((resolve) => {
      own.goOn = resolve
    })
    tell({ kind: 'files', id, files })
    files = []
  }
  let step = found.next()
  for (; step.done !== true && !own.isStopped; step = found.next()) {
    if (step.value !== null) files.push(step.value)
    if (files.length === batchSize) await send()
    seen += 1
    if (seen % breathAfter === 0) await breath()
  }
  await send()
  await taken
  searches.delete(id)
  // nobody hears what a search that was stopped returns
  return step.done === true ? stillThere(root.value, step.value) : failed('source_missing')
}

/** Of a folder that went away meanwhile nothing is known: what was not found in it is not gone. */
function stillThere<Outcome>(root: WatchedRoot, outcome: Outcome): Result<Outcome> {
  const now = openRoot(root.path)
  if (!now.ok) return now
  return now.value.identity === root.identity ? ok(outcome) : failed('source_missing')
}

/** Changes on a network drive that others make are told by no system: there no watch is started. */
async function watch(id: number, options: WalkOptions): Promise<null> {
  watching?.watcher.end()
  watching = null
  clearInterval(presence)
  const root = openRoot(path)
  if (!root.ok) return null
  const before = presentOf(root.value)
  presence = setInterval(() => {
    const now = openRoot(path)
    if (now.ok && presentOf(now.value) === before) return
    clearInterval(presence)
    tell({ kind: 'hint', id, hint: { kind: 'replaced' } })
  }, presenceRest)
  const onTrouble = (trouble: WatchTrouble) => tell({ kind: 'trouble', id, trouble })
  const { on, inside } = networkMountsOf(root.value.realPath, readMounts(platform))
  const drive = on ?? inside[0]
  if (drive !== undefined) onTrouble({ reason: 'network_drive', detail: drive.type })
  if (on !== null) return null
  const watcher = new Watcher(
    { root: root.value, options, platform },
    {
      system: systemWatch(platform),
      untold: inside.map((mount) => mount.path),
      onHint: (hint) => tell({ kind: 'hint', id, hint }),
      onTrouble,
    },
  )
  watching = { id, watcher }
  await watcher.start()
  return null
}

/** Another folder at the path, or other drives in it, have another one. macOS tells of its mounts to a program only. */
function presentOf({ identity, realPath }: WatchedRoot): string {
  return JSON.stringify([identity, platform === 'linux' ? mountsIn(realPath, readMounts(platform)) : []])
}
