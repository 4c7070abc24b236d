import { expect, test } from 'vitest'
import { fastClock, replaceDate } from '../support/clock.ts'
import { showing } from '../support/reliability.ts'
import { film, hold, only, queueFilms, startSmallLab } from '../support/sending.ts'

const minute = 60_000
const hour = 60 * minute
/** Each takes three minutes; two are on the wire at once. */
const parts = 244
const atOnce = 2
const partTime = 3 * minute
/** A token lives 15 minutes and is renewed with a quarter of its life left (src/main/engine/broker/clock.ts). */
const tokenUse = 15 * minute * 0.75

test('an upload of 12 h with tokens of 15 minutes: no part fails, and each token is renewed once', async ({ task }) => {
  const shown = showing(task, {
    fault: 'tokens of 15 minutes',
    moment: 'an upload of 12 h',
    outcome: 'completed',
    least: 1,
  })
  const clock = fastClock(1)
  replaceDate(clock.now)
  await using lab = await startSmallLab({ now: clock.now, broker: { sessionSeconds: 15 * 60 } })
  const path = await film(lab, parts)
  const onTheWire = hold(lab, { operation: 'UploadPart' })
  const engine = lab.engine(await queueFilms(lab, [path]), { now: clock.now })
  await engine.begin()
  for (let begun = atOnce; begun <= parts; begun += atOnce) {
    // time passes only while the store has them: a busy machine cannot make a token end on the way
    await onTheWire.reachedTimes(begun)
    clock.jump(atOnce * partTime)
    onTheWire.release()
  }
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })

  const [tokens, sent] = [
    lab.faults.served({ operation: 'GetFederationToken' }),
    lab.faults.served({ operation: 'UploadPart' }),
  ]
  expect(sent.map(({ status }) => status)).toEqual(Array(parts).fill(200))
  expect(tokens.map(({ status }) => status)).toEqual(Array(tokens.length).fill(200))
  const lasted = (sent.at(-1)?.at ?? 0) - (sent[0]?.at ?? 0)
  expect(lasted).toBeGreaterThan(12 * hour)
  expect(tokens.length).toBeGreaterThanOrEqual(Math.floor(lasted / (15 * minute)))
  expect(tokens.length).toBeLessThanOrEqual(Math.ceil(lasted / tokenUse) + 1)
  shown.happened()
  await shown.ends(lab, [path])
})
