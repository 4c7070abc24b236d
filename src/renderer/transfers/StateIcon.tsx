import {
  CalendarClock,
  CircleArrowUp,
  CircleCheck,
  CircleDashed,
  CircleDotDashed,
  CircleEqual,
  CirclePause,
  CircleX,
  ClockAlert,
  FilePenLine,
  Files,
  HardDrive,
  Hourglass,
  KeyRound,
  type LucideIcon,
  Moon,
  Plug,
  RotateCw,
  ScanLine,
  ServerOff,
  ShieldAlert,
  TriangleAlert,
  Unplug,
  WifiOff,
} from 'lucide-react'
import type { IconName } from './appearance.ts'

const icons: Readonly<Record<IconName, LucideIcon>> = {
  preparing: ScanLine,
  writing: FilePenLine,
  queued: CircleDashed,
  uploading: CircleArrowUp,
  finishing: CircleDotDashed,
  retrying: RotateCw,
  'source-away': Unplug,
  offline: WifiOff,
  broker: ServerOff,
  certificate: ShieldAlert,
  'sign-in': KeyRound,
  clock: ClockAlert,
  disk: HardDrive,
  files: Files,
  schedule: CalendarClock,
  battery: Plug,
  asleep: Moon,
  waiting: Hourglass,
  paused: CirclePause,
  failed: TriangleAlert,
  completed: CircleCheck,
  'already-there': CircleEqual,
  canceling: CircleX,
}

/** The shape of a state; its word always stands beside it, so it is silent. */
export const StateIcon = ({ name, size = 18 }: { name: IconName; size?: number }) => {
  const Icon = icons[name]
  return <Icon size={size} strokeWidth={1.75} aria-hidden />
}
