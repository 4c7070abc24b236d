import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createHistogram } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import type { BrokerConfig } from '../../src/broker/config/config.ts'
import { grantResponseSchema } from '../../src/shared/broker-api.ts'
import { startServiceProcess } from '../service-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { cpuSecondsOf, peakOf } from './measure-process.ts'
import { mebibytes, median, type Section } from './section.ts'
import type { Sizes } from './sizes.ts'

/** What STS and the store take for an answer (ms). */
const ownTime = 20
/** What a broker may add to it (ms). */
const mostAdded = 50
const requestsPerSecond = 200
const cores = availableParallelism()
const token = 'a-token-of-the-benchmark'

type Request = { readonly path: string; readonly body: string }
/** `requests` take turns. Without `isTarget`, what a core can is only shown: see docs/decisions/0021. */
type Asked = {
  readonly name: string
  readonly requests: readonly Request[]
  readonly rate: number
  readonly isTarget: boolean
}
type Round = {
  /** Of its answers, ms. */
  readonly median: number
  readonly p99: number
  readonly most: number
  readonly perSecond: number
  /** Share of its core. */
  readonly busy: number
}
type Answered = Asked & Round & { readonly failed: number }

/** One broker on one core, before an STS and a store that take a fixed time. */
export async function broker({ brokerSeconds, rounds }: Sizes): Promise<Section> {
  await using opened = new AsyncDisposableStack()
  const { path: folder, remove } = await temporaryFolder('bench')
  opened.defer(remove)
  const aws = await startServiceProcess<{ readonly endpoint: string }>(
    join(import.meta.dirname, 'broker-fixed-time-aws.ts'),
    [String(ownTime)],
  )
  opened.defer(aws.end)
  const { endpoint } = aws.ready
  const config: BrokerConfig = {
    port: 0,
    signingSecret: 'a secret of the benchmark, 32 bytes',
    tokens: [{ token, subject: 'bench', label: 'Benchmark' }],
    store: { bucket: 'uploads', region: 'eu-central-1', endpoint, addressing: 'path' },
    sts: { endpoint },
    awsCredentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' },
    purposes: [{ name: 'drop', label: 'Drop' }],
  }
  const configFile = join(folder, 'broker.json')
  await writeFile(configFile, JSON.stringify(config))
  const service = await startServiceProcess<{ readonly url: string }>(
    join(import.meta.dirname, '../../src/broker/main.ts'),
    [],
    { LONGSHORE_BROKER_CONFIG: configFile, NODE_OPTIONS: await containerOptions() },
  )
  opened.defer(service.end)
  const pinned = pin(service.pid, '0')
  if (pinned && cores > 1) {
    // what asks and answers it must not take its core
    for (const pid of [aws.pid, process.pid]) pin(pid, `1-${cores - 1}`)
    opened.defer(() => void pin(process.pid, `0-${cores - 1}`))
  }
  const { url } = service.ready

  const measure = async (asked: Asked): Promise<Answered> => {
    let latency = createHistogram()
    const asking = askEvenly(url, asked, {
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      seconds: 2 * brokerSeconds,
      // a time of 0 is none to a histogram
      onAnswer: (ms) => latency.record(Math.max(1, Math.round(ms * 1_000))),
    })
    // until its code is compiled and its memory has grown
    await setTimeout(brokerSeconds * 1_000)
    const measured: Round[] = []
    for (let round = 0; round < rounds; round += 1) {
      latency = createHistogram()
      const before = cpuSecondsOf(service.pid).own
      const started = performance.now()
      await setTimeout((brokerSeconds / rounds) * 1_000)
      const seconds = (performance.now() - started) / 1_000
      measured.push({
        median: latency.percentile(50) / 1_000,
        p99: latency.percentile(99) / 1_000,
        most: latency.max / 1_000,
        perSecond: latency.count / seconds,
        busy: (cpuSecondsOf(service.pid).own - before) / seconds,
      })
    }
    return { ...asked, ...summaryOf(measured), failed: await asking }
  }

  const answered: Answered[] = []
  for (const asked of await requestsTo(url)) answered.push(await measure(asked))
  return {
    title: 'Broker',
    about:
      `One broker process with the Node options of its container${pinned ? ' that has one core to itself' : ', on no core of its own (there is no taskset)'}; STS and store answer ` +
      `after ${ownTime} ms. Requests come evenly, whether the ones before are answered or not (but no more are waited for than are ` +
      `asked in a second), in ${rounds} rounds of ${brokerSeconds / rounds} s after a warm-up of ${brokerSeconds} s: the middle round counts, but ` +
      'for the longest answer and failures. *Busy* is the share of its core that the broker used. ' +
      `The most memory it had: ${mebibytes(peakOf(service.pid))} MiB.`,
    tables: [
      {
        header: ['request', 'asked a second', 'answered a second', 'median ms', 'p99 ms', 'most ms', 'busy'],
        rows: answered.map(({ name, rate, perSecond, median, p99, most, busy }) => [
          name,
          String(rate),
          perSecond.toFixed(0),
          median.toFixed(0),
          p99.toFixed(0),
          most.toFixed(0),
          `${Math.round(busy * 100)} %`,
        ]),
      },
    ],
    targets: answered
      .filter(({ isTarget }) => isTarget)
      .map(({ name, rate, p99, failed, perSecond }) => ({
        text: `${name}, ${rate} a second: p99 is ${p99.toFixed(0)} ms, at most ${ownTime + mostAdded} are asked; ${failed} failed.`,
        met: p99 <= ownTime + mostAdded && failed === 0 && perSecond >= rate * 0.95,
      })),
  }
}

const summaryOf = (rounds: readonly Round[]): Round => {
  const middle = (of: (round: Round) => number) => median(rounds.map(of))
  return {
    median: middle((round) => round.median),
    p99: middle(({ p99 }) => p99),
    most: Math.max(...rounds.map(({ most }) => most)),
    perSecond: middle(({ perSecond }) => perSecond),
    busy: middle(({ busy }) => busy),
  }
}

type Asking = {
  readonly headers: Readonly<Record<string, string>>
  readonly seconds: number
  /** An answer that is no refusal, after so long (ms). */
  readonly onAnswer: (ms: number) => void
}

/**
 * Asks evenly, whether answers came or not; only where as many answers are waited for as requests are asked in a second, one
 * is left out. How many requests failed.
 */
const askEvenly = async (
  url: string,
  { rate, requests }: Asked,
  { headers, seconds, onAnswer }: Asking,
): Promise<number> => {
  const waiting = new Set<Promise<void>>()
  let failed = 0
  const ask = async ({ path, body }: Request): Promise<void> => {
    const asked = performance.now()
    try {
      const answer = await fetch(url + path, { method: 'POST', headers, body })
      await answer.arrayBuffer()
      if (answer.ok) onAnswer(performance.now() - asked)
      else failed += 1
    } catch {
      failed += 1
    }
  }
  const began = performance.now()
  for (let index = 0; index < rate * seconds; index += 1) {
    const early = began + (index * 1_000) / rate - performance.now()
    if (early > 0) await setTimeout(early)
    const next = requests[index % requests.length]
    if (next === undefined || waiting.size >= rate) continue
    const asking = ask(next).finally(() => waiting.delete(asking))
    waiting.add(asking)
  }
  await Promise.all(waiting)
  return failed
}

const requestsTo = async (url: string): Promise<readonly Asked[]> => {
  const filesOf = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      id: randomUUID(),
      name: `scan ${index}.tiff`,
      relativePath: `scans of a long day/scan ${index}.tiff`,
      size: 1_048_576 + index,
    }))
  const grantFor = (count: number) => JSON.stringify({ purpose: 'drop', files: filesOf(count) })
  const answer = await fetch(`${url}/v1/grants`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: grantFor(1),
  })
  const { grant, keys } = grantResponseSchema.parse(await answer.json())
  const objects = keys.map(({ key }) => ({ key, size: 5, crc32: null }))
  const grantForOne = { path: '/v1/grants', body: grantFor(1) }
  const grantForMany = { path: '/v1/grants', body: grantFor(1_000) }
  const renewal = { path: '/v1/grants/renew', body: JSON.stringify({ grant }) }
  const confirmation = { path: '/v1/confirm', body: JSON.stringify({ grant, objects }) }
  const asked = (name: string, requests: readonly Request[], isTarget = true): Asked => ({
    name,
    requests,
    rate: requestsPerSecond,
    isTarget,
  })
  return [
    asked('grant for 1 file', [grantForOne]),
    asked('renewal', [renewal]),
    asked('confirmation of 1 object', [confirmation]),
    asked('grant for 1,000 files, renewal and confirmation in turn', [grantForMany, renewal, confirmation]),
    asked('grant for 1,000 files', [grantForMany], false),
  ]
}

/** What Node is told where the broker runs as a container. */
const containerOptions = async (): Promise<string> => {
  const dockerfile = await readFile(join(import.meta.dirname, '../../deploy/Dockerfile'), 'utf8')
  const [, entrypoint] = /^ENTRYPOINT (.+)$/m.exec(dockerfile) ?? []
  if (entrypoint === undefined) throw new Error('The Dockerfile has no ENTRYPOINT.')
  return z
    .array(z.string())
    .parse(JSON.parse(entrypoint))
    .filter((word) => word.startsWith('--'))
    .join(' ')
}

/** Keeps all threads of a process on some cores, as `0` or `1-3`; false where there is no taskset. */
const pin = (pid: number, cores: string): boolean => {
  try {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
