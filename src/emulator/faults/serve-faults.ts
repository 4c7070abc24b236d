import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { ActiveRule } from './active-rule.ts'
import { endedAnswers } from './ended-sessions.ts'
import type { Rule } from './rule.ts'
import { servedFilterSchema } from './served-log.ts'
import type { Faults } from './switchboard.ts'
import { switchChangesSchema } from './switches.ts'

/** An answer that is no success; `field` names what was wrong in a body. */
class Refusal extends Error {
  readonly status: number
  readonly field: string | undefined
  constructor(status: number, message: string, field?: string) {
    super(message)
    this.status = status
    this.field = field
  }
}

const endingSchema = z.strictObject({ answer: z.enum(endedAnswers).default('ExpiredToken') })

/** Throws a Refusal that names the field. */
function checked<Output>(parse: () => Output): Output {
  try {
    return parse()
  } catch (error) {
    const [issue] = error instanceof z.ZodError ? error.issues : []
    if (issue === undefined) throw error
    throw new Refusal(400, issue.message, issue.path.join('.'))
  }
}

async function jsonOf(message: IncomingMessage): Promise<unknown> {
  const body = await text(message)
  try {
    return body === '' ? {} : JSON.parse(body)
  } catch {
    throw new Refusal(400, 'The body is not JSON')
  }
}

const seen = (active: ActiveRule) => ({ id: active.id, rule: active.rule, hits: active.hits() })

/** Answers one request; undefined is 204. Throws a Refusal. */
async function answerTo(faults: Faults, message: IncomingMessage): Promise<unknown> {
  const { pathname, searchParams } = new URL(message.url ?? '/', 'http://127.0.0.1')
  const [, collection = '', id, ...rest] = pathname.split('/')
  const named = (): ActiveRule => {
    const active = faults.rules().find((rule) => rule.id === id)
    if (active === undefined) throw new Refusal(404, `There is no rule ${id}`)
    return active
  }
  const route = [
    message.method,
    collection,
    ...(id === undefined ? [] : [collection === 'rules' ? ':id' : id]),
    ...rest,
  ]
  switch (route.join(' ')) {
    case 'POST rules': {
      const rule = (await jsonOf(message)) as Rule
      return seen(checked(() => faults.add(rule)))
    }
    case 'GET rules':
      return faults.rules().map(seen)
    case 'DELETE rules':
      for (const active of faults.rules()) active.remove()
      return undefined
    case 'GET rules :id': {
      const active = named()
      const wait = searchParams.get('wait')
      const hits = /^hits:([1-9]\d{0,8})$/.exec(wait ?? '')?.[1]
      if (wait !== null && hits === undefined) throw new Refusal(400, 'It must be hits:N', 'wait')
      if (hits !== undefined) await active.reachedTimes(Number(hits))
      return seen(active)
    }
    case 'POST rules :id release':
      return named().release()
    case 'DELETE rules :id':
      return named().remove()
    case 'GET switches':
      return faults.switches()
    case 'PUT switches': {
      const given = await jsonOf(message)
      faults.set(checked(() => switchChangesSchema.parse(given)))
      return faults.switches()
    }
    case 'POST sessions end': {
      const given = await jsonOf(message)
      return faults.endSessions(checked(() => endingSchema.parse(given)).answer)
    }
    case 'GET served':
      return faults.served(checked(() => servedFilterSchema.parse(Object.fromEntries(searchParams))))
    default:
      throw new Refusal(404, `There is no ${message.method} ${pathname}`)
  }
}

/** Opens the switchboard over HTTP and JSON, on a port of loopback that the system chooses. */
export async function serveFaults(
  faults: Faults,
): Promise<{ readonly endpoint: string; readonly close: () => Promise<void> }> {
  const server = createServer(async (message, response) => {
    const send = (status: number, body: unknown) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(body === undefined ? undefined : JSON.stringify(body))
    }
    try {
      const body = await answerTo(faults, message)
      send(body === undefined ? 204 : 200, body)
    } catch (error) {
      if (response.destroyed) return
      if (error instanceof Refusal) return send(error.status, { message: error.message, field: error.field })
      console.error(error)
      send(500, { message: 'The switchboard failed' })
    }
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => resolve())
  })
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}
