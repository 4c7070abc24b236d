import type { FolderPreview, FolderView } from '../../../src/shared/folder.ts'
import { type FakeEngineState, signedIn } from '../fake-engine.ts'
import { folderDraft, folderView } from '../fake-folders.ts'

const minute = 60_000
const day = 24 * 60 * minute
const now = Date.now()

const { counts: none } = folderView(0)

const folders: readonly FolderView[] = [
  folderView(1, {
    name: 'Dailies',
    path: '/mnt/shuttle-07/dailies',
    purpose: 'dailies',
    counts: { ...none, uploaded: 31, uploadedToday: 4, uploading: 1, beingWritten: 1, waiting: 5, ignored: 12 },
    lookedAt: now - 12 * minute,
  }),
  folderView(2, {
    name: 'Scanner out',
    path: '/media/studio/SCAN-RAID/out',
    purpose: 'scans',
    activity: {
      state: 'unavailable',
      failure: { kind: 'source_missing', detail: 'ENOENT' },
      since: now - 40 * minute,
    },
    counts: { ...none, uploaded: 1_204, waiting: 86 },
    lookedAt: now - 60 * minute,
  }),
  folderView(3, {
    name: 'Client deliveries',
    path: '/home/studio/Deliveries',
    activity: { state: 'paused', since: now - 4 * day },
    counts: { ...none, uploaded: 212, held: 7, ignored: 3 },
    lookedAt: now - 5 * minute,
  }),
]

const troubled: readonly FolderView[] = [
  folderView(1, {
    name: 'Überblick_調査_2026-11-19_Harbour-Post_Northern-Lighthouse_Episode-04_Graded-Master',
    path: `/srv/${'very-long-folder-name/'.repeat(8)}end`,
    activity: { state: 'looking' },
  }),
  folderView(2, {
    name: 'Negatives',
    path: '/archive/negatives',
    activity: { state: 'polling', reason: 'watch_limit', detail: 'fs.inotify.max_user_watches', every: 5 * minute },
    counts: { ...none, uploaded: 98_212, failed: 2, ignored: 1_204 },
    problems: [
      { why: 'unreadable', count: 3, bytes: 0, first: 'roll-07/private' },
      { why: 'name_not_text', count: 1, bytes: 12, first: 'old/caf\ufffd.wav' },
    ],
    lookedAt: now - 2 * minute,
  }),
  folderView(3, {
    name: 'share',
    path: '\\\\server\\share\\out',
    activity: { state: 'polling', reason: 'network_drive', detail: null, every: 30_000 },
    counts: { ...none, uploaded: 12 },
    lookedAt: now,
  }),
]

const preview: FolderPreview = {
  files: 1_318,
  bytes: 74_600_000_000,
  first: Array.from({ length: 100 }, (_, index) => ({
    path: `roll-${String(1 + Math.floor(index / 9)).padStart(2, '0')}/take-${String(1 + (index % 9)).padStart(3, '0')}_boom and lavalier, both channels, 96 kHz${index % 4 === 0 ? ', with a longer name than fits in one line' : ''}.wav`,
    size: 56_600_000 + index * 1_234_567,
  })),
  ignored: [
    { why: { kind: 'system', rule: '.DS_Store' }, count: 41, bytes: 252_000, first: '.DS_Store' },
    { why: { kind: 'temporary', rule: '~$*' }, count: 1, bytes: 165, first: '~$sound-report.xlsx' },
    { why: { kind: 'yours', rule: '*.tmp' }, count: 169, bytes: 1_900_000_000, first: 'roll-07/preview.tmp' },
    {
      why: { kind: 'file', rule: '/drafts/', file: 'notes/.longshoreignore' },
      count: 1,
      bytes: 4_200,
      first: 'notes/drafts/',
    },
    { why: { kind: 'link_outside' }, count: 1, bytes: 0, first: 'latest' },
    { why: { kind: 'empty_folder' }, count: 5, bytes: 0, first: 'roll-19/' },
  ],
  problems: [],
}

const session = {
  ...signedIn,
  purposes: [
    ...signedIn.purposes,
    { name: 'dailies', label: 'film-archive dailies', folders: true },
    { name: 'scans', label: 'film-archive scans', folders: true },
  ],
} satisfies FakeEngineState['session']

export const folderScenarios: Readonly<Record<string, FakeEngineState>> = {
  folders: {
    session,
    folders,
    preview,
    draft: folderDraft({ isKnown: true }),
    explanation: { reason: { kind: 'yours', rule: '*.tmp' } },
  },
  'folders-trouble': {
    session,
    folders: troubled,
    preview: { ...preview, problems: troubled[1]?.problems ?? [] },
  },
  'folders-none': {
    session,
    preview,
    draft: folderDraft({ refusal: { kind: 'inside', other: '/home/studio/Shoot' } }),
  },
}
