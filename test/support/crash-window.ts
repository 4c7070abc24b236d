import type { TransferState } from '../../src/shared/transfer.ts'
import type { CrashPoint } from './crash-at.ts'
import type { EngineProcessOptions } from './engine-process.ts'
import type { Lab } from './lab.ts'
import { randomFile, sizeOfParts } from './random-file.ts'
import { smallPart } from './sending.ts'

/** How often an engine dies in each window. */
export const times = 3

/** Parts are small and sent one after the other, so that a window is always the same one. */
export const oneByOne = { slots: 1, partSize: smallPart }

/** A new file of so many small parts; one: it goes by one PutObject. */
export const newFile = (lab: Lab, parts: number): Promise<string> =>
  randomFile(lab.folder, sizeOfParts(parts, smallPart))

/** Lets an engine on a new profile send a new file until it dies at a commit of its own. */
export async function dieAt(
  lab: Lab,
  crashAt: CrashPoint,
  parts = 2,
): Promise<{ readonly path: string; readonly profile: string }> {
  const path = await newFile(lab, parts)
  const dying = await lab.engineProcess(undefined, { ...oneByOne, crashAt })
  await dying.signIn()
  // it may die before it has answered
  await dying.add(path).catch(() => {})
  await dying.exited
  return { path, profile: dying.profile }
}

/**
 * Lets the next engine of a profile go on by itself until nothing is left that it would do, and stops it. Answers with the
 * states of the listed rows.
 */
export async function goOn(
  lab: Lab,
  profile: string,
  options: EngineProcessOptions = {},
): Promise<readonly TransferState[]> {
  const engine = await lab.engineProcess(profile, options)
  await engine.begin()
  const rows = await engine.settled()
  await engine.stop()
  return rows.map(({ state }) => state)
}
