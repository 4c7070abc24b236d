import Fastify from 'fastify'
import { expect, it } from 'vitest'
import type { AuditEntry } from '../../../src/broker/audit.ts'
import { audit } from '../../../src/broker/audit.ts'
import { logOptions } from '../../../src/broker/log.ts'

type Level = Parameters<typeof logOptions>[0]['level']
const logger = (level: Level = 'info') => {
  const lines: string[] = []
  const heard: AuditEntry[] = []
  const app = Fastify({
    logger: logOptions({ level, stream: { write: (line) => lines.push(line) }, onAudit: (entry) => heard.push(entry) }),
  })
  return { log: app.log, lines, heard }
}
const refusal: AuditEntry = { event: 'refusal', subject: null, route: '/v1/grants', code: 'not_found', status: 404 }

it.each<[Level, readonly string[], number]>([
  ['debug', ['debug', 'info', 'warn', 'error'], 1],
  ['info', ['info', 'warn', 'error'], 1],
  ['warn', ['warn', 'error'], 1],
  ['error', ['error'], 1],
  ['silent', [], 0],
])('at the level %s the audit is written too, unless it is silent, and always heard', (level, written, audits) => {
  const { log, lines, heard } = logger(level)
  for (const name of ['debug', 'info', 'warn', 'error'] as const) log[name](name)
  audit(log.child({ ip: '127.0.0.1' }), refusal)
  const messages = lines.map((line) => JSON.parse(line).msg)
  expect(messages).toEqual([...written, ...Array(audits).fill('audit')])
  expect(heard).toEqual([refusal])
})

const secret = 'aaaa-do-not-tell-bbbb'
const jwt = `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from(secret).toString('base64url')}.c2ln`
it.each<[string, (log: ReturnType<typeof logger>['log']) => void]>([
  [
    'a field of a secret’s name',
    (log) => log.info({ grant: secret, body: { credentials: secret, deep: { sessionToken: secret } } }),
  ],
  ['a grant token in a text', (log) => log.info(`refused ${jwt}`)],
  ['a bearer token in an error', (log) => log.error({ err: new Error(`header Bearer ${secret} is wrong`) })],
  [
    'a signed address in an error',
    (log) => log.error({ err: new Error(`GET /a?X-Amz-Signature=${secret}&X-Amz-Date=1`) }),
  ],
  [
    'what an error of the SDK carries',
    (log) => log.error({ err: Object.assign(new Error('no'), { $response: { body: secret }, StringToSign: secret }) }),
  ],
])('%s is not written', (_, write) => {
  const { log, lines } = logger()
  write(log)
  expect(lines).toHaveLength(1)
  expect(() => JSON.parse(lines[0] ?? '')).not.toThrow()
  expect(lines[0]).not.toContain(secret)
  expect(lines[0]).not.toContain(jwt)
})
