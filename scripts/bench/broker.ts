import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import autocannon from 'autocannon'
import type { BrokerConfig } from '../../src/broker/config/config.ts'
import { grantResponseSchema } from '../../src/shared/broker-api.ts'
import { startServiceProcess } from '../service-process.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { cpuSecondsOf, peakOf } from './measure-process.ts'
import { mebibytes, type Section } from './section.ts'
import type { Sizes } from './sizes.ts'

/** What STS and the store take for an answer (ms). */
const ownTime = 20
/** What a broker may add to it (ms). */
const mostAdded = 50
const requestsPerSecond = 200
const connections = 50
const token = 'a-token-of-the-benchmark'

type Asked = { readonly name: string; readonly path: string; readonly body: string; readonly rate: number }
type Answered = Asked & {
  readonly latency: autocannon.Histogram
  readonly perSecond: number
  readonly failed: number
  /** Share of its core. */
  readonly busy: number
}

/** One broker on one core, before an STS and a store that take a fixed time. */
export async function broker({ brokerSeconds }: Sizes): Promise<Section> {
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
  const pinned = pin(service.pid)
  const { url } = service.ready

  const measure = async (asked: Asked, seconds: number): Promise<Answered> => {
    const before = cpuSecondsOf(service.pid).own
    const { latency, requests, non2xx, errors, duration } = await autocannon({
      url: url + asked.path,
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: asked.body,
      connections,
      overallRate: asked.rate,
      duration: seconds,
    })
    const busy = (cpuSecondsOf(service.pid).own - before) / duration
    return { ...asked, latency, perSecond: requests.average, failed: non2xx + errors, busy }
  }

  const answered: Answered[] = []
  for (const asked of await requestsTo(url)) {
    await measure(asked, Math.ceil(brokerSeconds / 5))
    answered.push(await measure(asked, brokerSeconds))
  }
  return {
    title: 'Broker',
    about:
      `One broker process${pinned ? ' that has one core to itself' : ', on no core of its own (there is no taskset)'}; STS and store answer ` +
      `after ${ownTime} ms. Requests come over ${connections} connections at the rate that is named, ${brokerSeconds} s after a warm-up, and ` +
      'a request that has to wait for its connection counts from when it was due. *Busy* is the share of its core that the broker used. ' +
      `The most memory it had: ${mebibytes(peakOf(service.pid))} MiB.`,
    tables: [
      {
        header: ['request', 'asked a second', 'answered a second', 'median ms', 'p99 ms', 'most ms', 'busy'],
        rows: answered.map(({ name, rate, perSecond, latency, busy }) => [
          name,
          String(rate),
          perSecond.toFixed(0),
          latency.p50.toFixed(0),
          latency.p99.toFixed(0),
          latency.max.toFixed(0),
          `${Math.round(busy * 100)} %`,
        ]),
      },
    ],
    targets: answered.map(({ name, rate, latency, failed, perSecond }) => ({
      text: `${name}, ${rate} a second: p99 is ${latency.p99.toFixed(0)} ms, at most ${ownTime + mostAdded} are asked; ${failed} failed.`,
      met: latency.p99 <= ownTime + mostAdded && failed === 0 && perSecond >= rate * 0.95,
    })),
  }
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
  const asked = (name: string, path: string, body: string): Asked => ({ name, path, body, rate: requestsPerSecond })
  return [
    asked('grant for 1 file', '/v1/grants', grantFor(1)),
    asked('grant for 1,000 files', '/v1/grants', grantFor(1_000)),
    asked('renewal', '/v1/grants/renew', JSON.stringify({ grant })),
    asked('confirmation of 1 object', '/v1/confirm', JSON.stringify({ grant, objects })),
  ]
}

/** Keeps all threads of a process on the first core; false where there is no taskset. */
const pin = (pid: number): boolean => {
  try {
    execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', '0', String(pid)], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
