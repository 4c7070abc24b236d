import { expect, test } from 'vitest'
import { randomFile } from '../support/random-file.ts'
import { showing } from '../support/reliability.ts'
import { film, hold, queueFilms, smallPart, startSmallLab } from '../support/sending.ts'
import { value } from '../support/value.ts'

test.concurrent.for([
  { moment: 'signed out', other: false },
  { moment: 'signed in as another', other: true },
])(
  '$moment during an upload: the first person’s rows neither run nor show, and go on later',
  async ({ moment, other }, { task }) => {
    const shown = showing(task, {
      fault: 'another person',
      moment,
      outcome: 'rests; signed in again: completed',
      least: 1,
    })
    await using lab = await startSmallLab()
    const paths = [await film(lab, 4), await film(lab, 1, 'small.txt')]
    const second = hold(lab, { operation: 'UploadPart', partNumber: 2, nth: 1 })
    const engine = lab.engine(await queueFilms(lab, paths), { random: () => 0 })
    await engine.begin()
    await second.reached
    await engine.until((rows) => rows.some(({ acknowledged }) => acknowledged >= smallPart))
    if (other) await engine.signIn(lab.otherToken)
    else value(await engine.handlers.session.signOut())
    second.remove()
    const before = lab.faults.served({ operation: 'UploadPart' }).length
    expect(await engine.list()).toEqual([])
    if (other) {
      const own = await film(lab, 2, 'own.mov')
      await engine.add(own)
      expect((await engine.settled()).map(({ name }) => name)).toEqual(['own.mov'])
      paths.push(own)
    } else {
      expect(value(await engine.handlers.queue.tryNow())).toBeDefined()
      expect(lab.faults.served({ operation: 'UploadPart' })).toHaveLength(before)
    }
    expect(lab.faults.served({ operation: 'CompleteMultipartUpload' })).toEqual([])
    shown.happened()
    await engine.signIn(lab.token)
    for (const row of await engine.settled()) expect(row).toMatchObject({ state: 'completed', attempts: 0 })
    await shown.ends(lab, paths)
  },
)

test.concurrent('signed out while one request sends a whole file slowly: nothing more of it is sent, and the next person has its slot', async ({
  task,
}) => {
  const shown = showing(task, {
    ...{ fault: 'another person', moment: 'PutObject at a low limit' },
    ...{ outcome: 'ended; signed in again: completed', least: 1, slots: 1 },
  })
  await using lab = await startSmallLab({ network: 'tcp' })
  const engine = lab.engine(undefined, { random: () => 0 })
  await engine.signIn()
  value(await engine.handlers.settings.set({ slots: 1, limit: 100_000 }))
  const path = await randomFile(lab.folder, 6_000_000)
  await engine.add(path)
  await engine.until((_, { inFlight }) => inFlight > 0)
  value(await engine.handlers.session.signOut())
  shown.happened()
  const sent = lab.network.received()
  await engine.signIn(lab.otherToken)
  const own = await film(lab, 1, 'own.txt')
  const begin = performance.now()
  await engine.add(own)
  expect((await engine.settled()).map(({ name, state }) => [name, state])).toEqual([['own.txt', 'completed']])
  expect(performance.now() - begin).toBeLessThan(5_000)
  expect(lab.network.received() - sent).toBeLessThan(smallPart)
  value(await engine.handlers.settings.set({ limit: null }))
  await engine.signIn(lab.token)
  for (const row of await engine.settled()) expect(row).toMatchObject({ state: 'completed', attempts: 0 })
  await shown.ends(lab, [path, own], { resent: 1 })
})
