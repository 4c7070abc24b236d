import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import autocannon from 'autocannon'
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
type Answered = Asked & {
  /** Of its answers, ms. */
  readonly median: number
  readonly p99: number
  readonly most: number
  readonly perSecond: number
  readonly failed: number
  /** Share of its core. */
  readonly busy: number
}

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
    { LONGSHORE_BROKER_CONFIG: configFile },
  )
  opened.defer(service.end)
  const pinned = pin(service.pid, '0')
  if (pinned && cores > 1) {
    // what asks and answers it must not take its core
    for (const pid of [aws.pid, process.pid]) pin(pid, `1-${cores - 1}`)
    opened.defer(() => void pin(process.pid, `0-${cores - 1}`))
  }
  const { url } = service.ready

  const measure = async (asked: Asked, seconds: number): Promise<Answered> => {
    const before = cpuSecondsOf(service.pid).own
    const started = performance.now()
    const { latency, failed } = await askEvenly(asked, {
      url,
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      duration: seconds,
    })
    const busy = (cpuSecondsOf(service.pid).own - before) / ((performance.now() - started) / 1_000)
    return {
      ...asked,
      median: latency.percentile(50) / 1_000,
      p99: latency.percentile(99) / 1_000,
      most: latency.max / 1_000,
      perSecond: latency.count / seconds,
      failed,
      busy,
    }
  }

  const answered: Answered[] = []
  for (const asked of await requestsTo(url)) {
    await measure({ ...asked, rate: asked.rate / 2 }, brokerSeconds)
    const measured: Answered[] = []
    for (let round = 0; round < rounds; round += 1) measured.push(await measure(asked, brokerSeconds / rounds))
    answered.push(summaryOf(measured))
  }
  return {
    title: 'Broker',
    about:
      `One broker process${pinned ? ' that has one core to itself' : ', on no core of its own (there is no taskset)'}; STS and store answer ` +
      `after ${ownTime} ms. As many clients as requests a second ask once a second each, evenly spread, in ${rounds} rounds of ` +
      `${brokerSeconds / rounds} s after a warm-up of ${brokerSeconds} s at half the rate: the middle one counts, but for the longest answer ` +
      'and failures. A client that still waits does not ask again. *Busy* is the share of its core that the broker used. ' +
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

const summaryOf = ([first, ...others]: readonly Answered[]): Answered => {
  if (first === undefined) throw new Error('There is no round.')
  const rounds = [first, ...others]
  const middle = (of: (round: Answered) => number) => median(rounds.map(of))
  return {
    ...first,
    median: middle((round) => round.median),
    p99: middle(({ p99 }) => p99),
    most: Math.max(...rounds.map(({ most }) => most)),
    perSecond: middle(({ perSecond }) => perSecond),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
    busy: middle(({ busy }) => busy),
  }
}

type Answers = { readonly latency: RecordableHistogram; readonly failed: number }

/**
 * As many clients as requests a second, each of which asks once a second, one after the other: autocannon's own rate sends
 * all requests of a second at its beginning. Latencies are of answers that are no refusals, in microseconds.
 */
const askEvenly = async ({ rate, requests }: Asked, options: autocannon.Options): Promise<Answers> => {
  const latency = createHistogram()
  const failures = Array.from({ length: rate }, async (_, index) => {
    await setTimeout((index * 1_000) / rate)
    const first = index % requests.length
    const { non2xx, errors, timeouts } = await autocannon({
      ...options,
      requests: [...requests.slice(first), ...requests.slice(0, first)],
      connections: 1,
      connectionRate: 1,
      ignoreCoordinatedOmission: true,
      setupClient: (client) =>
        client.on('response', (status, _bytes, ms) => {
          if (status < 300) latency.record(Math.max(1, Math.round(ms * 1_000)))
        }),
    })
    return non2xx + errors + timeouts
  })
  return { latency, failed: (await Promise.all(failures)).reduce((sum, each) => sum + each, 0) }
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

/** Keeps all threads of a process on some cores, as `0` or `1-3`; false where there is no taskset. */
const pin = (pid: number, cores: string): boolean => {
  try {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', cores, String(pid)], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
