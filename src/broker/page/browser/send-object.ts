import { type Answer, done, not, type Trouble } from './answer.ts'
import type { Broker } from './broker.ts'
import { combineCrc32, crc32Of } from './crc32.ts'
import { patiently } from './patiently.ts'
import type { SavedPart, Send } from './saved-sends.ts'
import { sendBytes } from './send-bytes.ts'

export type SendTools = {
  readonly broker: Broker
  readonly signal: AbortSignal
  readonly save: (send: Send) => Promise<void>
  /** Bytes that the store acknowledged, and those on the wire besides. */
  readonly onProgress: (stored: number, underWay: number) => void
  /** What it waits for; null when it goes on. */
  readonly onTrouble: (trouble: Trouble | null) => void
  /** All bytes are stored; they are being joined and looked at. */
  readonly onChecking: () => void
}

/** Parts of one file that are on their way at once; a browser has 6 connections to a host. */
const partsAtOnce = 3
/** How often a file is begun anew where the store lost it or joined something else. */
const mostBeginnings = 3

/** Sends a file, or what is missing of it; done once the broker said that the store holds the same. */
export const sendObject = async (file: Blob, saved: Send, tools: SendTools): Promise<Answer<null>> => {
  let send = saved
  const save = async (change: Partial<Send>) => {
    send = { ...send, ...change }
    await tools.save(send)
  }
  for (let beginning = 1; ; beginning += 1) {
    const sent = await (send.single ? sendWhole(file, send, tools) : sendInParts(file, send, save, tools))
    const outcome = sent.ok ? await confirm(send, sent.value, tools) : sent
    if (outcome.ok) {
      await save({ arrived: true, parts: {} })
      return outcome
    }
    const isLost = beginsAnew.has(outcome.trouble)
    if (!isLost || beginning === mostBeginnings) return outcome
    await save({ uploadId: null, parts: {} })
  }
}

const beginsAnew: ReadonlySet<Trouble> = new Set([
  'upload_lost',
  'invalid_part',
  'conflict',
  'checksum_mismatch',
  'different',
])

/** One request for all of it; answers with its CRC32. */
const sendWhole = async (file: Blob, send: Send, tools: SendTools): Promise<Answer<string>> => {
  const { broker, signal, onTrouble } = tools
  const read = await bytesOf(file)
  if (!read.ok) return read
  const crc32 = crc32Of(new Uint8Array(read.value))
  const { grant, key, type: contentType, size, createOnly } = send
  const sent = await patiently(
    async () => {
      tools.onProgress(0, 0)
      const body = { grant, key, contentType, metadata: {}, size, crc32, md5: null, createOnly }
      const signed = await broker.put(body, signal)
      if (!signed.ok) return signed
      const onSent = (bytes: number) => tools.onProgress(0, bytes)
      return sendBytes(signed.value.request, read.value, { signal, onSent })
    },
    signal,
    onTrouble,
  )
  // where the key is taken, it may be by these bytes, whose answer was lost
  if (!sent.ok && sent.trouble !== 'exists') return sent
  tools.onProgress(size, 0)
  return done(crc32)
}

/** Sends the parts that are missing and joins all; answers with the CRC32 of the whole. */
const sendInParts = async (
  file: Blob,
  saved: Send,
  save: (change: Partial<Send>) => Promise<void>,
  tools: SendTools,
): Promise<Answer<string>> => {
  const { broker, signal, onTrouble } = tools
  const patient = <Value>(step: () => Promise<Answer<Value>>) => patiently(step, signal, onTrouble)
  const begun = await begin(saved, tools)
  if (!begun.ok) return begun
  const send = { ...saved, ...begun.value }
  await save(begun.value)
  const { grant, key, uploadId, size, partSize, fullObject, createOnly } = send
  const upload = { grant, key, uploadId }

  const parts = new Map<number, SavedPart>(Object.entries(send.parts).map(([number, part]) => [Number(number), part]))
  const count = Math.max(1, Math.ceil(size / partSize))
  const underWay = new Map<number, number>()
  const sizeOf = (number: number) => Math.min(partSize, size - (number - 1) * partSize)
  const tell = () => tools.onProgress(sum([...parts.keys()].map(sizeOf)), sum([...underWay.values()]))
  tell()

  const sendPart = async (partNumber: number): Promise<Answer<null>> => {
    const start = (partNumber - 1) * partSize
    const read = await bytesOf(file.slice(start, start + partSize))
    if (!read.ok) return read
    const crc32 = crc32Of(new Uint8Array(read.value))
    const part = { partNumber, size: sizeOf(partNumber), crc32, md5: null }
    const sent = await patient(async () => {
      const signed = await broker.sign({ ...upload, parts: [part] }, signal)
      if (!signed.ok) return signed
      const request = signed.value.parts[0]?.request
      if (request === undefined) return not('unavailable')
      const onSent = (bytes: number) => {
        underWay.set(partNumber, bytes)
        tell()
      }
      const answer = await sendBytes(request, read.value, { signal, onSent })
      underWay.delete(partNumber)
      if (!answer.ok) tell()
      return answer
    })
    if (!sent.ok) return sent
    parts.set(partNumber, { etag: sent.value, crc32 })
    await save({ parts: Object.fromEntries(parts) })
    tell()
    return done(null)
  }

  const missing = Array.from({ length: count }, (_, index) => index + 1).filter((number) => !parts.has(number))
  const rest = missing.values()
  let failure: Answer<never> | null = null
  const work = async () => {
    for (let next = rest.next(); !next.done && failure === null; next = rest.next()) {
      const sent = await sendPart(next.value)
      if (!sent.ok) failure ??= sent
    }
  }
  await Promise.all(Array.from({ length: partsAtOnce }, work))
  if (failure !== null) return failure

  tools.onChecking()
  const joined = [...parts].sort(([one], [other]) => one - other)
  const crc32 = combineCrc32(joined.map(([number, part]) => ({ crc32: part.crc32, size: sizeOf(number) })))
  const completed = await patient(async () => {
    const answer = await broker.complete({
      ...upload,
      size,
      crc32: fullObject ? crc32 : null,
      parts: joined.map(([partNumber, part]) => ({ partNumber, ...part })),
      fullObject,
      createOnly,
    })
    // an answer that was lost, or one that says that the upload is over: only a look at the store can tell
    return !answer.ok && mayBeDone.has(answer.trouble) ? look(answer.trouble, send, crc32, tools) : answer
  })
  return completed.ok ? done(crc32) : completed
}

const mayBeDone: ReadonlySet<Trouble> = new Set(['network', 'unavailable', 'unclear', 'upload_lost', 'exists'])

const look = async (trouble: Trouble, send: Send, crc32: string, tools: SendTools): Promise<Answer<unknown>> => {
  const confirmed = await confirm(send, crc32, tools)
  return confirmed.ok ? confirmed : not(trouble === 'unclear' ? 'unavailable' : trouble)
}

/** The upload that is under way with the parts that the store really has, or a new one. */
const begin = async (
  send: Send,
  { broker, signal, onTrouble }: SendTools,
): Promise<Answer<{ uploadId: string; fullObject: boolean; parts: Send['parts'] }>> => {
  const { grant, key, uploadId, size, type: contentType, fullObject } = send
  const patient = <Value>(step: () => Promise<Answer<Value>>) => patiently(step, signal, onTrouble)
  if (uploadId !== null) {
    const listed = await patient(() => broker.parts({ grant, key, uploadId }, signal))
    if (!listed.ok) return listed
    const etags = new Map(listed.value.parts.map(({ partNumber, etag }) => [partNumber, etag]))
    const kept = Object.entries(send.parts).filter(([number, { etag }]) => etags.get(Number(number)) === etag)
    return done({ uploadId, fullObject, parts: Object.fromEntries(kept) })
  }
  const create = (whole: boolean) =>
    patient(() => broker.create({ grant, key, contentType, metadata: {}, size, fullObject: whole }, signal))
  const created = await create(true)
  if (created.ok) return done({ uploadId: created.value.uploadId, fullObject: true, parts: {} })
  if (created.trouble !== 'not_supported') return created
  const plain = await create(false)
  return plain.ok ? done({ uploadId: plain.value.uploadId, fullObject: false, parts: {} }) : plain
}

/** Whether the store holds what was sent, as the broker sees it. */
const confirm = async (send: Send, crc32: string, tools: SendTools): Promise<Answer<null>> => {
  tools.onChecking()
  const { grant, key, size } = send
  const confirmed = await patiently(
    () => tools.broker.confirm({ grant, objects: [{ key, size, crc32 }] }),
    tools.signal,
    tools.onTrouble,
  )
  if (!confirmed.ok) return confirmed
  const outcome = confirmed.value.objects[0]?.outcome
  return outcome === 'same' ? done(null) : not(outcome === 'absent' ? 'upload_lost' : 'different')
}

const bytesOf = async (piece: Blob): Promise<Answer<ArrayBuffer>> => {
  try {
    return done(await piece.arrayBuffer())
  } catch {
    return not('unreadable')
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)
