import { expect, test } from 'vitest'
import { ahead } from '../support/clock.ts'
import type { Lab } from '../support/lab.ts'
import { showing } from '../support/reliability.ts'
import { film, hold, only, queueFilms, smallPart, startSmallLab } from '../support/sending.ts'

const hour = 3_600_000

test.concurrent.for([6, -6])('a clock that is %i h ahead from the start costs no failure', async (hours, { task }) => {
  const shown = showing(task, {
    fault: `clock ${signed(hours)} h`,
    moment: 'from the start',
    outcome: 'completed',
    least: 1,
  })
  await using lab = await startSmallLab()
  const paths = [await film(lab, 6), await film(lab, 1, 'small.txt')]
  const engine = await lab.engineProcess(await queueFilms(lab, paths), { clock: ahead(hours * hour) })
  await engine.begin()
  for (const row of await engine.settled()) expect(row).toMatchObject({ state: 'completed', attempts: 0 })
  expect(issued(lab)).toBeLessThanOrEqual(3)
  shown.happened()
  await shown.ends(lab, paths)
})

test.concurrent.for([6, -6])(
  'a clock that jumps by %i h during an upload costs no failure',
  async (hours, { task }) => {
    const shown = showing(task, {
      fault: `clock ${signed(hours)} h`,
      moment: 'a jump at UploadPart',
      outcome: 'completed',
      least: 1,
    })
    await using lab = await startSmallLab()
    const path = await film(lab, 8)
    const held = [3, 4].map((partNumber) => hold(lab, { operation: 'UploadPart', partNumber }))
    const engine = await lab.engineProcess(await queueFilms(lab, [path]))
    await engine.begin()
    await engine.until(([row]) => row?.acknowledged === 2 * smallPart)
    await engine.setClock(ahead(hours * hour))
    for (const { remove } of held) remove()
    expect(only(await engine.settled())).toMatchObject({ state: 'completed', attempts: 0, failure: null })
    expect(issued(lab)).toBeLessThanOrEqual(3)
    expect(lab.faults.served({ operation: 'UploadPart', stored: true })).toHaveLength(8)
    shown.happened()
    await shown.ends(lab, [path])
  },
)

test.concurrent('a clock that jumps to and fro by 6 h during an upload costs no storm of renewals', async ({
  task,
}) => {
  const jumps = [6, -6, 6, -6, 0]
  const shown = showing(task, {
    fault: 'clock ± 6 h',
    moment: `${jumps.length} jumps at UploadPart`,
    outcome: 'completed',
  })
  await using lab = await startSmallLab()
  const path = await film(lab, 4 * jumps.length)
  const stops = jumps.map((_, index) => hold(lab, { operation: 'UploadPart', partNumber: 4 * index + 3 }))
  const engine = await lab.engineProcess(await queueFilms(lab, [path]))
  await engine.begin()
  for (const [index, hours] of jumps.entries()) {
    await stops[index]?.reached
    await engine.setClock(ahead(hours * hour))
    stops[index]?.remove()
    shown.happened()
  }
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', attempts: 0, failure: null })
  expect(issued(lab)).toBeLessThanOrEqual(1 + 2 * jumps.length)
  await shown.ends(lab, [path])
})

const signed = (hours: number) => (hours > 0 ? `+${hours}` : `−${-hours}`)
/** Sessions that STS gave out. */
const issued = (lab: Lab): number => lab.faults.served({ operation: 'GetFederationToken', status: 200 }).length
