import { parseArgs } from 'node:util'
import { check } from './check/check.ts'
import type { BrokerSettings } from './config/config.ts'
import { readConfig } from './config/read-config.ts'
import { startBroker } from './start-broker.ts'

const usage = `Usage: npm run broker -- [check [--fix] [--aws] [--json]]
In the image they are the arguments of its entry point: docker run … longshore-broker check

Without a word it serves. It is configured by its environment and by the file of LONGSHORE_BROKER_CONFIG.

  check    says what is wrong with bucket, lifecycle rule, CORS, clock and rights; ends with 1 where something is.
           Writes one small object for each purpose below "longshore-check/" in its prefix, and removes it
    --fix  first writes the bucket's lifecycle rule and CORS; keeps the rules that are there
    --aws  tries on AWS what only AWS can show; writes and removes 5 MiB more for each purpose with credentials
    --json one object in place of lines
  --help   this text`

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

/** Why it does not listen, by the field that says where. */
const startProblem = (error: NodeJS.ErrnoException, { host, port, metricsPort }: BrokerSettings): string => {
  const failed = 'port' in error ? error.port : null
  const listener = failed !== port && failed === metricsPort ? 'metricsPort' : 'port'
  switch (error.code) {
    case 'EADDRINUSE':
      return `${listener}: ${failed} is in use`
    case 'EACCES':
      return `${listener}: ${failed} may not be used without more rights`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `host: ${host} is no address of this machine (${error.code})`
    default:
      return error.code ?? error.message
  }
}

const serve = async (settings: BrokerSettings): Promise<void> => {
  const broker = await startBroker(settings).catch((error: NodeJS.ErrnoException) => {
    console.error(startProblem(error, settings))
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
if (given === null) {
  console.error(usage)
  process.exit(2)
}
if (given.help) {
  console.log(usage)
  process.exit(0)
}
const settings = settingsGiven()
if (given.command === 'check') process.exitCode = await check(settings, { ...given, write: console.log })
else await serve(settings)
