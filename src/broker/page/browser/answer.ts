import type { Problem } from '../../../shared/broker-api.ts'

/**
 * Why something was not done: a code of the broker; `network`: no answer came · `store_busy`: the store asks to come
 * again · `store_refused`: it will not have it · `different`: it holds something else · `unreadable`: the file cannot be
 * read · `no_room_anew`: it has to be sent from its beginning, and the invitation has no room for that · `stopped`: the
 * person took it back.
 */
export type Trouble =
  | Problem['code']
  | 'network'
  | 'store_busy'
  | 'store_refused'
  | 'different'
  | 'unreadable'
  | 'no_room_anew'
  | 'stopped'

export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly trouble: Trouble }

export const done = <Value>(value: Value): Answer<Value> => ({ ok: true, value })
export const not = (trouble: Trouble): { readonly ok: false; readonly trouble: Trouble } => ({ ok: false, trouble })
