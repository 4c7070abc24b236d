import { z } from 'zod'
import { inviteRequestSchema } from './broker-invitations.ts'
import type { Result } from './failure.ts'
import {
  changeFolderSchema,
  draftRequestSchema,
  type Explanation,
  explainRequestSchema,
  type FolderDraft,
  type FolderPreview,
  type FolderView,
  folderIdSchema,
  previewRequestSchema,
  removeFolderSchema,
  startFolderSchema,
} from './folder.ts'
import { longestInvitationLink } from './invitation-link.ts'
import { aboutRequestSchema, type SessionView, signInRequestSchema } from './session.ts'
import { type Settings, settingsChangeSchema } from './settings.ts'
import {
  type AddSummary,
  addRequestSchema,
  pageRequestSchema,
  purposeNameSchema,
  type QueueStatus,
  selectionSchema,
  type TransferChanges,
  type TransferPage,
  type TransferProgress,
} from './transfer.ts'

type Command<Input extends z.ZodType, Output> = {
  readonly kind: 'command'
  readonly input: Input
  /** Only a type: never there at run time. */
  readonly output?: Output
}
/** A command whose `paths` the preload fills in from the `files` that the page was given by a drop. */
type DropCommand<Input extends z.ZodType<{ paths: string[] }>, Output> = {
  readonly kind: 'drop'
  readonly input: Input
  readonly output?: Output
}
type Event<Payload> = { readonly kind: 'event'; readonly payload?: Payload }

const command =
  <Input extends z.ZodType>(input: Input) =>
  <Output>(): Command<Input, Output> => ({ kind: 'command', input })
const drop =
  <Input extends z.ZodType<{ paths: string[] }>>(input: Input) =>
  <Output>(): DropCommand<Input, Output> => ({ kind: 'drop', input })
const event = <Payload>(): Event<Payload> => ({ kind: 'event' })

/** Why the engine does not run. The database problems are for a person; `starting` passes by itself. */
export type EngineState =
  | { readonly state: 'starting' }
  | { readonly state: 'ready' }
  | { readonly state: 'refused'; readonly problem: DatabaseProblem }
export type DatabaseProblem = 'database_newer' | 'database_locked' | 'database_corrupt' | 'database_unusable'

export type AboutBroker = { readonly brokerUrl: string; readonly name: string }

/** The link is a secret: whoever has it can send. `expiresAt`: epoch ms. */
export type Invitation = { readonly link: string; readonly expiresAt: number }

export type AppInfo = {
  readonly version: string
  readonly engine: EngineState
  /** The broker address that the app was started with, to fill the first page. */
  readonly suggestedBrokerUrl: string | null
}

const folderRequest = z.strictObject({ id: folderIdSchema })

/** The whole contract between the page and the rest. Every command answers with a Result; the page cannot name a path. */
export const ipc = {
  transfers: {
    page: command(pageRequestSchema)<TransferPage>(),
    add: drop(addRequestSchema)<AddSummary>(),
    pause: command(selectionSchema)<{ changed: number }>(),
    resume: command(selectionSchema)<{ changed: number }>(),
    retry: command(selectionSchema)<{ changed: number }>(),
    cancel: command(selectionSchema)<{ changed: number }>(),
    changed: event<TransferChanges>(),
    progress: event<readonly TransferProgress[]>(),
  },
  queue: {
    status: command(z.undefined())<QueueStatus>(),
    pause: command(z.undefined())<null>(),
    resume: command(z.undefined())<null>(),
    /** Ends a hold now instead of at its next try. */
    tryNow: command(z.undefined())<null>(),
    changed: event<QueueStatus>(),
  },
  session: {
    get: command(z.undefined())<SessionView>(),
    /** Asks a broker who it is, before anyone signs in. */
    about: command(aboutRequestSchema)<AboutBroker>(),
    signIn: command(signInRequestSchema)<SessionView>(),
    signOut: command(z.undefined())<null>(),
    changed: event<SessionView>(),
  },
  /** Links by which people without an account can send files; nothing keeps them but the page that shows one. */
  invitations: {
    create: command(inviteRequestSchema)<Invitation>(),
    /** Takes back what the signed-in person made: its link works no longer. */
    revoke: command(z.strictObject({ link: z.string().max(longestInvitationLink) }))<null>(),
  },
  folders: {
    list: command(z.undefined())<readonly FolderView[]>(),
    /** A folder that was dropped, to be looked at before it is watched. */
    draft: drop(draftRequestSchema)<FolderDraft>(),
    /** Counts what is in a chosen or watched folder under options; the one before, where it still counts, ends as `not_possible`. */
    preview: command(previewRequestSchema)<FolderPreview>(),
    /** Begins to watch a chosen folder. */
    start: command(startFolderSchema)<FolderView>(),
    change: command(changeFolderSchema)<null>(),
    pause: command(folderRequest)<null>(),
    resume: command(folderRequest)<null>(),
    /** Looks the whole folder through now, also where it is unavailable. */
    lookAgain: command(folderRequest)<null>(),
    remove: command(removeFolderSchema)<null>(),
    explain: command(explainRequestSchema)<Explanation>(),
    changed: event<readonly FolderView[]>(),
  },
  settings: {
    get: command(z.undefined())<Settings>(),
    /** Changes what is named; answers with all of them. */
    set: command(settingsChangeSchema)<Settings>(),
    changed: event<Settings>(),
  },
  /** Answered by main: each opens a system dialog; null where nothing was chosen. `files` and `folder` add it to the queue. */
  choose: {
    files: command(z.strictObject({ purpose: purposeNameSchema }))<AddSummary | null>(),
    folder: command(z.strictObject({ purpose: purposeNameSchema }))<AddSummary | null>(),
    /** A folder to be watched, which nothing is done with yet. */
    watch: command(z.undefined())<FolderDraft | null>(),
  },
  /** Answered by main. */
  app: {
    info: command(z.undefined())<AppInfo>(),
    /** Tries the database that could not be used once more. */
    tryAgain: command(z.undefined())<null>(),
    /** Moves the database that cannot be used aside and starts with a new one; the answer names the moved file. */
    startFresh: command(z.undefined())<{ movedTo: string }>(),
    engineChanged: event<EngineState>(),
  },
} as const

export type Ipc = typeof ipc
export type GroupName = keyof Ipc
type AnyCommand = Command<z.ZodType, unknown> | DropCommand<z.ZodType<{ paths: string[] }>, unknown>

type OutputOf<C> = C extends { readonly output?: infer Output } ? Exclude<Output, undefined> : never
type InputOf<C> = C extends { readonly input: infer Input extends z.ZodType } ? z.output<Input> : never
type PageInputOf<C> =
  C extends DropCommand<infer Input, unknown> ? Omit<z.output<Input>, 'paths'> & { files: readonly File[] } : InputOf<C>
type CommandsOf<Group> = { [Name in keyof Group as Group[Name] extends AnyCommand ? Name : never]: Group[Name] }
type EventsOf<Group> = { [Name in keyof Group as Group[Name] extends Event<unknown> ? Name : never]: Group[Name] }
type Arguments<Input> = [Input] extends [undefined] ? [] : [input: Input]

/** What the server of a group must supply; a missing command does not compile. Input has been parsed. */
export type Handlers<Group> = {
  readonly [Name in keyof CommandsOf<Group>]: (
    ...input: Arguments<InputOf<CommandsOf<Group>[Name]>>
  ) => Promise<Result<OutputOf<CommandsOf<Group>[Name]>>>
}

/** How the server of a group tells its events. */
export type Announcements<Group> = {
  readonly [Name in keyof EventsOf<Group>]: (payload: PayloadOf<Group[Name & keyof Group]>) => void
}
type PayloadOf<E> = E extends { readonly payload?: infer Payload } ? Exclude<Payload, undefined> : never

/** `window.api`: what the page can call, and the events it can listen to; each listener returns its end. */
export type Api = {
  readonly [Group in GroupName]: {
    readonly [Name in keyof CommandsOf<Ipc[Group]>]: (
      ...input: Arguments<PageInputOf<CommandsOf<Ipc[Group]>[Name]>>
    ) => Promise<Result<OutputOf<CommandsOf<Ipc[Group]>[Name]>>>
  } & {
    readonly [Name in keyof EventsOf<Ipc[Group]>]: (
      listener: (payload: PayloadOf<EventsOf<Ipc[Group]>[Name]>) => void,
    ) => () => void
  }
}

/** The groups that the engine answers; main answers the others. */
export const engineGroups = ['transfers', 'queue', 'session', 'invitations', 'folders', 'settings'] as const
export type EngineGroup = (typeof engineGroups)[number]
export type EngineHandlers = { readonly [Group in EngineGroup]: Handlers<Ipc[Group]> }
export type EngineAnnouncements = { readonly [Group in EngineGroup]: Announcements<Ipc[Group]> }

/** The name of a command's or event's channel. */
export const channelOf = (group: string, name: string): string => `${group}.${name}`
