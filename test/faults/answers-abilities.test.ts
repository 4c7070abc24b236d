import { expect, test } from 'vitest'
import { fastClock, replaceDate } from '../support/clock.ts'
import { showing } from '../support/reliability.ts'
import { film, queueFilms, startSmallLab } from '../support/sending.ts'

const day = 86_400_000
const clock = fastClock(1)
replaceDate(clock.now)

/** What a store refuses, with which code, and what its answers verify all the same, when it is asked and once it is known. */
const refusals = [
  {
    fault: 'store refuses FULL_OBJECT',
    switches: { refuseFullObject: 'create' },
    operation: 'CreateMultipartUpload',
    parts: 2,
    code: 'InvalidRequest',
    asked: 'md5_of_parts',
    known: 'md5_of_parts',
  },
  {
    fault: 'store refuses FULL_OBJECT',
    switches: { refuseFullObject: 'complete' },
    operation: 'CompleteMultipartUpload',
    parts: 2,
    code: 'InvalidPart',
    asked: 'checksum',
    known: 'md5_of_parts',
  },
  {
    fault: 'store refuses If-None-Match',
    switches: { refuseConditions: true },
    operation: 'CompleteMultipartUpload',
    parts: 2,
    code: 'NotImplemented',
    asked: 'checksum',
    known: 'checksum',
  },
  {
    fault: 'store refuses If-None-Match',
    switches: { refuseConditions: true },
    operation: 'PutObject',
    parts: 1,
    code: 'NotImplemented',
    asked: 'checksum',
    known: 'checksum',
  },
] as const

test.for(refusals)(
  '$fault at $operation: learned, remembered, and tried again after a week',
  async (given, { task }) => {
    const { fault, switches, operation, parts, code, asked, known } = given
    const shown = showing(task, { fault, moment: operation, outcome: `completed (${known})`, least: 1 })
    await using lab = await startSmallLab({ now: clock.now })
    lab.faults.set(switches)
    const sent: string[] = []
    let profile: string | undefined

    /** The codes of the answers that one more file took, and how it is verified. */
    async function next(): Promise<readonly (string | null | undefined)[]> {
      const before = lab.faults.served({ operation }).length
      const name = `${sent.length}.mov`
      const path = await film(lab, parts, name)
      sent.push(path)
      profile = await queueFilms(lab, [path], { profile })
      const engine = lab.engine(profile, { now: clock.now, random: () => 0 })
      await engine.begin()
      const row = (await engine.settled()).find((settled) => settled.name === name)
      expect(row).toMatchObject({ state: 'completed', attempts: 0 })
      await engine.stop()
      const answers = lab.faults.served({ operation }).slice(before)
      return [...answers.map((served) => served.code), row?.verification]
    }

    expect(await next()).toEqual([code, null, asked])
    expect(await next()).toEqual([null, known])
    clock.jump(8 * day)
    expect(await next()).toEqual([code, null, asked])
    shown.happened()
    await shown.ends(lab, sent)
  },
)
