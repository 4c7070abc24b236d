import type { BrokerSettings } from '../../src/broker/config/config.ts'
import { emptyDenyList } from '../../src/broker/people/deny-list.ts'
import type { People } from '../../src/broker/people/guard-people.ts'
import { createLimits } from '../../src/broker/people/limits.ts'
import { memoryCounters } from '../../src/broker/people/memory-counters.ts'
import { authenticateStaticTokens } from '../../src/broker/people/static-tokens.ts'

/** The people of a broker for development: its static tokens, and its limits in memory. */
export const peopleOfTokens = ({ tokens, limits }: BrokerSettings, now: () => number): People => ({
  authenticate: authenticateStaticTokens(tokens),
  denyList: emptyDenyList,
  limits: createLimits({ limits, counters: memoryCounters(now), redis: null, now }),
})
