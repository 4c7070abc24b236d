import { carriesCredentials } from '../../shared/broker-kinds.ts'
import type { BrokerSettings } from '../config/config.ts'
import { isOfAws } from '../policy/arn.ts'

type Settings = Pick<BrokerSettings, 'store' | 'sts' | 'purposes'>

/**
 * Whether requests are signed with a session of the role, narrowed to the grant, in place of the broker's own rights. AWS
 * refuses headers of its own that were not signed; other stores take them.
 */
export const isNarrowed = ({ store, sts }: Pick<Settings, 'store' | 'sts'>): boolean =>
  !isOfAws(store.endpoint) && sts.roleArn !== undefined

/** Whether some purpose hands out or signs with sessions: without STS, nothing can be uploaded there. */
export const needsSts = (settings: Settings): boolean =>
  settings.purposes.some(({ kind }) => carriesCredentials(kind) || isNarrowed(settings))

/** Whether some purpose has requests signed that a store which is not AWS's would take more with than was signed. */
export const signsTooMuch = (settings: Settings): boolean =>
  settings.purposes.some(({ kind }) => !carriesCredentials(kind)) &&
  !isNarrowed(settings) &&
  !isOfAws(settings.store.endpoint)
