import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** A Redis of Debian's package, on a port and in a folder of its own. `close` ends it. */
export const startRedis = async (port?: number) => {
  const folder = await mkdtemp(join(tmpdir(), 'longshore-redis-'))
  const chosen = port ?? (await freePort())
  const server = spawn(
    'redis-server',
    ['--port', String(chosen), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const stop = async () => {
    server.kill('SIGKILL')
    if (server.exitCode === null && server.signalCode === null) await once(server, 'exit')
  }
  try {
    await once(server, 'spawn')
  } catch {
    await rm(folder, { recursive: true })
    throw new Error('redis-server cannot be started: install it with `apt-get install redis-server`')
  }
  const said: string[] = []
  const isReady = () => said.at(-1)?.includes('Ready to accept connections') === true
  for await (const line of createInterface({ input: server.stdout })) {
    said.push(line)
    if (isReady()) break
  }
  if (!isReady()) {
    await rm(folder, { recursive: true })
    throw new Error(`redis-server ended:\n${said.join('\n')}`)
  }
  server.stdout.resume()
  return {
    port: chosen,
    url: `redis://127.0.0.1:${chosen}`,
    /** It hangs, until it goes on. */
    hang: () => server.kill('SIGSTOP'),
    goOn: () => server.kill('SIGCONT'),
    close: async () => {
      if (server.exitCode === null && server.signalCode === null) await stop()
      await rm(folder, { recursive: true })
    },
  }
}

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
