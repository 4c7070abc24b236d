import type { Trouble } from './answer.ts'
import { bytesText, countText, timeText } from './measures.ts'

const files = (count: number): string => (count === 1 ? '1 file' : `${countText(count)} files`)

const notTheSame = 'What arrived is not the same as your file, so it does not count as sent. Send it again.'

/** Why a file was not sent: what happened, and what to do. */
const failures: Readonly<Partial<Record<Trouble, string>>> = {
  revoked: 'This invitation was taken back.',
  not_allowed: 'This invitation was taken back.',
  daily_limit: 'No more can be sent by this invitation today. Try again tomorrow.',
  deadline_passed: 'The time of this invitation is over.',
  over_quota: 'There is no room left for this file in the invitation. Ask for a larger one.',
  too_large: 'This file is larger than the invitation allows.',
  type_not_allowed: 'Files of this type are not taken.',
  different: notTheSame,
  checksum_mismatch: notTheSame,
  no_room_anew:
    'This file was left for too long to go on, and the invitation has no room to send it from the beginning. Ask for a larger one.',
  unreadable: 'This file cannot be read any more. It may have changed or moved: choose it again.',
  store_refused: 'This file was not accepted. Try again later, or tell the person who invited you.',
  unauthenticated: 'This link is not valid any more.',
}

/** All words of the page, in English. */
export const words = {
  /** By the `data-words` of the page. */
  page: {
    dropTitle: 'Drop files or folders here',
    dropText: 'If something stops them, such as a lost connection, they go on from where they were.',
    chooseFiles: 'Choose files…',
    chooseFolder: 'Choose folder…',
    app: 'Do you have the Longshore app? Paste the address of this page there: the app goes on sending by itself, even after a restart.',
  },
  files: 'Your files',
  opening: 'Opening the invitation',
  title: (from: string) => `${from} invites you to send files`,
  to: (broker: string, purpose: string) => `To ${broker}, ${purpose}`,
  limits: (maxFiles: number, maxBytes: number) => `Up to ${files(maxFiles)}, together ${bytesText(maxBytes)}`,
  used: (usedFiles: number, usedBytes: number) => `${files(usedFiles)}, ${bytesText(usedBytes)} of it used`,
  largest: (maxSize: number) => `Each at most ${bytesText(maxSize)}`,
  types: (types: readonly string[]) => `Only ${types.join(', ')}`,
  until: (time: number) => `Until ${timeText(time)}`,
  states: {
    waiting: 'Waiting for its turn',
    reading: 'Reading',
    sending: 'Sending',
    network: 'Waiting for the network. What was sent is kept.',
    busy: 'Too busy to take it right now. It is tried again by itself.',
    anew: 'Left for too long to go on. Sending from the beginning.',
    checking: 'All of it was sent. Checking.',
    arrived: 'Arrived, and checked',
    again: (stored: number) =>
      stored === 0
        ? 'Choose the file again to go on'
        : `Choose the file again to go on. ${bytesText(stored)} are stored.`,
    failed: (trouble: Trouble) => failures[trouble] ?? 'This file could not be sent. Try again.',
  },
  progress: (stored: number, size: number) => `${bytesText(stored)} of ${bytesText(size)} stored`,
  tryAgain: (name: string) => `Try again: ${name}`,
  chooseAgain: (name: string) => `Choose ${name} again`,
  remove: (name: string) => `Remove ${name}`,
  buttons: { tryAgain: 'Try again', chooseAgain: 'Choose again…', remove: 'Remove' },
  refused: {
    tooMuch: (count: number, bytes: number, leftFiles: number, leftBytes: number) =>
      `${count === 1 ? 'This file is' : `These ${files(count)} are`} ${bytesText(bytes)}${count === 1 ? '' : ' together'}, and ${files(leftFiles)} with ${bytesText(leftBytes)} are left of this invitation. Nothing of it was sent: choose less, or ask for a larger invitation.`,
    tooLarge: (name: string, maxSize: number) =>
      `${name} is larger than ${bytesText(maxSize)}, the most that this invitation takes of one file. It was not sent.`,
    type: (name: string) => `${name} is of a type that this invitation does not take. It was not sent.`,
    other: (name: string) => `${name} is another file than the one that was begun. Choose the same one.`,
    unreadable: 'What you dropped cannot be read. Nothing of it was sent.',
  },
  status: {
    sending: (left: number) => `Sending ${files(left)}. Keep this page open.`,
    all: (count: number) =>
      `${count === 1 ? 'Your file has' : `All ${files(count)} have`} arrived. You can close this page.`,
    attention: (count: number) => `${files(count)} ${count === 1 ? 'needs' : 'need'} you.`,
  },
  closed: {
    revoked: {
      title: 'This invitation was taken back',
      text: 'Nothing more can be sent by it. Files that arrived are there.',
    },
    not_allowed: {
      title: 'This invitation was taken back',
      text: 'Nothing more can be sent by it. Files that arrived are there.',
    },
    deadline_passed: {
      title: 'This invitation has ended',
      text: 'Its time is over. Files that arrived are there. Ask for a new invitation to send more.',
    },
    noToken: {
      title: 'This link is not complete',
      text: 'Open the whole link that you were sent; its last part is missing here.',
    },
    unauthenticated: {
      title: 'This link is not valid',
      text: 'Nobody here knows this invitation. Open the whole link that you were sent, or ask for a new one.',
    },
    unavailable: { title: 'Not reachable right now', text: 'Nothing is lost. Load this page again in a moment.' },
  },
} as const
