import type { TransferProgress, TransferView } from '../../../src/shared/transfer.ts'
import { type FakeEngineState, signedIn, transferRow } from '../fake-engine.ts'
import { folderScenarios } from './folder-scenarios.ts'

const minute = 60_000
const gigabyte = 1_000_000_000
const now = Date.now()

const everyState: readonly TransferView[] = [
  transferRow(1, {
    name: 'Interview_Kavárna_camB.mxf',
    size: 3.87 * gigabyte,
    state: 'failed',
    activity: 'failed',
    failure: { kind: 'source_unstable', detail: 'size' },
  }),
  transferRow(2, {
    name: 'VAULT-0417_reel-03_8K_scan_master.tar',
    folder: 'reels/vault-0417',
    key: 'drops/0b7e/reels/vault-0417/VAULT-0417_reel-03_8K_scan_master.tar',
    size: 48 * gigabyte,
    activity: 'uploading',
    acknowledged: 30.87 * gigabyte,
  }),
  transferRow(3, {
    name: '2026-11-19_Harbour-Post_Northern-Lighthouse_Episode-04_Graded-Master_ProRes4444XQ_v12-final (copy 2).mov',
    watchedFolder: 'Dailies',
    folder: 'episodes/s01e04',
    size: 6.2 * gigabyte,
    activity: 'uploading',
    acknowledged: 2.31 * gigabyte,
  }),
  transferRow(4, {
    name: 'foley-stems-batch-12.zip',
    size: 2.41 * gigabyte,
    state: 'completing',
    activity: 'finishing',
    acknowledged: 2.41 * gigabyte,
  }),
  transferRow(5, {
    name: 'drone_pass_04.braw',
    size: 9.64 * gigabyte,
    activity: 'retrying',
    acknowledged: 4.12 * gigabyte,
    failure: { kind: 'throttled', detail: 'SlowDown' },
    attempts: 1,
    retryAt: now + 12_000,
  }),
  transferRow(16, {
    name: 'night-scan_raw.dpx',
    size: 21.4 * gigabyte,
    activity: 'retrying',
    acknowledged: 3.2 * gigabyte,
    failure: { kind: 'server', detail: '500' },
    attempts: 11,
    retryAt: now + 4 * minute,
  }),
  transferRow(17, {
    name: 'SCAN-RAID_roll-07.mov',
    size: 88 * gigabyte,
    activity: 'retrying',
    acknowledged: 36.26 * gigabyte,
    failure: { kind: 'source_missing', detail: 'ENOENT' },
  }),
  transferRow(6, {
    name: 'Überblick_調査_報告書.pdf',
    size: 64_300_000,
    activity: 'waiting',
    acknowledged: 22_400_000,
  }),
  transferRow(7, { name: 'ws-14_forensic-image.e01', size: 64 * gigabyte, activity: 'preparing' }),
  transferRow(8, { name: 'A012_C003_audio.wav', size: 412_000_000 }),
  transferRow(18, {
    name: 'A012_C004_1119K7.mov',
    size: 7.31 * gigabyte,
    activity: 'writing',
    watchedFolder: 'Dailies',
  }),
  transferRow(9, { name: 'archive-2019.tar', size: 12_345.678 * gigabyte, acknowledged: 7_654 * gigabyte }),
  transferRow(10, { name: 'empty-marker.txt', size: 0 }),
  transferRow(11, {
    name: 'colour-references.zip',
    size: 1.28 * gigabyte,
    state: 'paused',
    activity: 'paused',
    acknowledged: 0.51 * gigabyte,
    abortAt: now + 6 * 24 * 60 * minute,
    updatedAt: now - 20 * minute,
  }),
  transferRow(12, {
    name: 'A012_C003_1119K7.mov',
    size: 16.92 * gigabyte,
    acknowledged: 16.92 * gigabyte,
    state: 'completed',
    activity: 'completed',
    verification: 'checksum',
    updatedAt: now - 5 * minute,
  }),
  transferRow(13, {
    name: 'A012_C002_1119K7.mov',
    size: 8.1 * gigabyte,
    acknowledged: 8.1 * gigabyte,
    state: 'completed',
    activity: 'completed',
    verification: 'size',
    updatedAt: now - 26 * 60 * minute,
  }),
  transferRow(14, {
    name: 'line\nbreak and \u202ereversed\u0007.txt',
    size: 1_234,
    acknowledged: 1_234,
    state: 'completed',
    activity: 'completed',
    verification: 'md5_of_parts',
    updatedAt: now - 3 * 24 * 60 * minute,
  }),
  transferRow(15, { name: 'old-take.mov', size: 3 * gigabyte, state: 'canceling', activity: 'canceling' }),
]

const progress: readonly TransferProgress[] = [
  {
    id: everyState[1]?.id ?? '',
    activity: 'uploading',
    read: 31.67 * gigabyte,
    acknowledged: 30.87 * gigabyte,
    inFlight: 0.8 * gigabyte,
    bytesPerSecond: 52_600_000,
    secondsLeft: 325,
  },
  {
    id: everyState[2]?.id ?? '',
    activity: 'uploading',
    read: 2.77 * gigabyte,
    acknowledged: 2.31 * gigabyte,
    inFlight: 0.46 * gigabyte,
    bytesPerSecond: 31_900_000,
    secondsLeft: 122,
  },
]

const moving = { bytesPerSecond: 118_400_000, secondsLeft: 1_320, inFlight: 1.26 * gigabyte }

const waiting = everyState.map(
  (row): TransferView =>
    ['uploading', 'finishing', 'retrying', 'preparing', 'queued'].includes(row.activity)
      ? { ...row, activity: 'waiting', failure: null }
      : row,
)

const many = Array.from({ length: 5_000 }, (_, index) =>
  transferRow(1_000 + index, { name: `negative-${String(index + 1).padStart(5, '0')}.tif`, size: 37_260_000 }),
)

/** What the page can be looked at in; the name stands in the address: `?scenario=every-state`. */
export const scenarios: Readonly<Record<string, FakeEngineState>> = {
  'every-state': { rows: everyState, progress, queue: moving },
  many: { rows: [...everyState, ...many], progress, queue: moving },
  offline: { rows: waiting, queue: { hold: { kind: 'offline', since: now - 18 * minute, until: null } } },
  'signed-out': { rows: waiting, queue: { hold: { kind: 'signed_out', since: now - 3 * minute, until: null } } },
  schedule: {
    rows: waiting,
    queue: { hold: { kind: 'schedule', since: now - 3 * minute, until: now + 2 * 60 * minute } },
    settings: { schedule: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '00:00', limit: 0 }] },
  },
  'on-battery': {
    rows: waiting,
    queue: { hold: { kind: 'on_battery', since: now - 3 * minute, until: null } },
    settings: { onlyOnMains: true },
  },
  settings: {
    rows: everyState,
    progress,
    queue: moving,
    settings: {
      limit: 150_000_000,
      schedule: [
        { days: [1, 2, 3, 4, 5], from: '09:00', to: '18:00', limit: 20_000_000 },
        { days: [3], from: '18:00', to: '20:00', limit: 0 },
        { days: [7], from: '02:00', to: '06:00', limit: 0 },
      ],
    },
  },
  paused: { rows: waiting, queue: { paused: true } },
  empty: {},
  purposes: {
    rows: everyState,
    progress,
    queue: moving,
    session: {
      ...signedIn,
      remembered: false,
      purposes: [...signedIn.purposes, { name: 'dailies', label: 'dailies' }],
    },
  },
  inviting: {
    rows: everyState,
    progress,
    queue: moving,
    session: {
      ...signedIn,
      purposes: [
        { name: 'archive', label: 'film-archive', invitations: true },
        { name: 'dailies', label: 'dailies', invitations: true },
      ],
    },
  },
  'invite-refused': {
    session: { ...signedIn, purposes: [{ name: 'archive', label: 'film-archive', invitations: true }] },
    inviteFailure: { kind: 'request_invalid', detail: 'invalid_request' },
  },
  'first-run': { session: { state: 'signed_out' } },
  'refused-token': { session: { state: 'signed_out' }, signInFailure: { kind: 'signed_out', detail: '401' } },
  'refused-invitation': { session: { state: 'signed_out' }, signInFailure: { kind: 'revoked', detail: 'revoked' } },
  invited: { session: { ...signedIn, invitedBy: 'Kestrel Post' } },
  'database-newer': { engine: { state: 'refused', problem: 'database_newer' } },
  'database-locked': { engine: { state: 'refused', problem: 'database_locked' } },
  'database-corrupt': { engine: { state: 'refused', problem: 'database_corrupt' } },
  ...folderScenarios,
  starting: { engine: { state: 'starting' } },
}
