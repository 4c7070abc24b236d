import { parseArgs } from 'node:util'
import { check } from './check/check.ts'
import type { BrokerSettings } from './config/config.ts'
import { readConfig } from './config/read-config.ts'
import { startBroker } from './start-broker.ts'

const usage = `Usage: longshore-broker [check [--fix] [--aws] [--json]]

Without a word it serves. It is configured by its environment and by the file of LONGSHORE_BROKER_CONFIG.

  check    says what is wrong with bucket, lifecycle rule, CORS, clock and rights; ends with 1 where something is
    --fix  sets the lifecycle rule and CORS first, and keeps the rules that are there
    --aws  tries on AWS what only AWS can show; writes small objects below "longshore-check/"
    --json one object in place of lines`

/** How long requests under way may take once the broker was told to end (ms): less than the 30 s that containers get. */
const closingTime = 25_000

const argumentsGiven = () => {
  try {
    const { values, positionals } = parseArgs({
      options: {
        fix: { type: 'boolean', default: false },
        aws: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    })
    const [command = 'serve', ...rest] = positionals
    const isKnown = command === 'check' || (command === 'serve' && !values.fix && !values.aws && !values.json)
    return isKnown && rest.length === 0 ? { ...values, command } : null
  } catch {
    return null
  }
}

const settingsGiven = (): BrokerSettings => {
  const config = readConfig(process.env)
  if (config.ok) return config.value
  for (const problem of config.failure) console.error(problem)
  process.exit(1)
}

const serve = async (settings: BrokerSettings): Promise<void> => {
  const broker = await startBroker(settings).catch((error: NodeJS.ErrnoException) => {
    console.error(`host, port: ${error.code ?? error.message}`)
    process.exit(1)
  })
  let closing = false
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    process.on(signal, () => {
      if (closing) process.exit(code)
      closing = true
      const late = settings.drainSeconds * 1_000 + closingTime
      setTimeout(() => process.exit(1), late).unref()
      void broker.close()
    })
  }
  const { url, metricsUrl } = broker
  console.log(JSON.stringify({ ready: true, url, ...(metricsUrl !== undefined && { metricsUrl }) }))
}

const given = argumentsGiven()
if (given === null || given.help) {
  console.error(usage)
  process.exit(given === null ? 2 : 0)
}
const settings = settingsGiven()
if (given.command === 'check') process.exitCode = await check(settings, { ...given, write: console.log })
else await serve(settings)
