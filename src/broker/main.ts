import { readConfig } from './read-config.ts'
import { startBroker } from './start-broker.ts'

const config = readConfig(process.env)
if (!config.ok) {
  for (const problem of config.failure) console.error(problem)
  process.exit(1)
}
const broker = await startBroker(config.value).catch((error: NodeJS.ErrnoException) => {
  console.error(`host, port: ${error.code ?? error.message}`)
  process.exit(1)
})
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    void broker.close()
  })
}
console.log(JSON.stringify({ ready: true, url: broker.url }))
