import type { QueueStatus } from '../../shared/transfer.ts'
import { percentStored } from './format.ts'

/** The percent of all transfers together: 100 only when every one of them is verified. */
export const totalPercent = ({ counts, size, acknowledged }: QueueStatus): number =>
  counts.all > 0 && counts.completed === counts.all ? 100 : percentStored(acknowledged, size)

/** Transfers that are not done. */
export const countLeft = ({ counts }: QueueStatus): number => counts.all - counts.completed
