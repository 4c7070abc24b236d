import { createStsClient } from '../aws-clients.ts'
import type { BrokerSettings } from '../config/config.ts'
import { createSessionKinds } from '../kinds/create-session-kinds.ts'
import type { Finding } from './finding.ts'
import { look } from './look.ts'

type CheckOptions = {
  readonly fix: boolean
  readonly aws: boolean
  readonly json: boolean
  readonly write: (line: string) => void
  readonly now?: () => number
}

const words: Readonly<Record<Finding['state'], string>> = { ok: 'ok', wrong: 'wrong', unknown: 'could not look' }

/** Says in plain words what is wrong around the broker. Answers with the exit code: 1 where something is. */
export const check = async (
  settings: BrokerSettings,
  { fix, aws, json, write, now = Date.now }: CheckOptions,
): Promise<0 | 1> => {
  const sts = createStsClient(settings)
  try {
    const sessions = createSessionKinds(settings, sts, now)
    const findings = await look({ settings, sts, sessions, now, fix, aws })
    const isWrong = findings.some(({ state }) => state === 'wrong')
    if (json) write(JSON.stringify({ ok: !isWrong, findings }))
    else for (const finding of findings) write(lineOf(finding))
    return isWrong ? 1 : 0
  } finally {
    sts.destroy()
  }
}

const lineOf = ({ check, state, says, advice, changed }: Finding): string =>
  [
    `${words[state].padEnd(words.unknown.length)}  ${check}: ${says}`,
    ...(changed === undefined ? [] : [`changed: ${changed}`]),
    ...(advice === undefined ? [] : [`to do: ${advice}`]),
  ].join('; ')
