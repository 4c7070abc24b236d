import type { TransferView } from '../../shared/transfer.ts'

/** The codes of a failed transfer, for those who help; never translated, no path, no secret. */
export const supportText = ({
  id,
  failure,
  state,
  attempts,
  size,
  acknowledged,
  key,
  updatedAt,
}: TransferView): string =>
  [
    `transfer ${id}`,
    `state ${state}`,
    `failure ${failure?.kind ?? 'none'} ${failure?.detail ?? ''}`.trimEnd(),
    `attempts ${attempts}`,
    `bytes ${acknowledged} / ${size}`,
    `key ${key ?? 'none'}`,
    `at ${new Date(updatedAt).toISOString()}`,
  ].join('\n')
