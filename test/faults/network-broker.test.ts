import { expect, test } from 'vitest'
import { fastClock } from '../support/clock.ts'
import { showing } from '../support/reliability.ts'
import { film, hold, only, queueFilms, sendFilm, smallPart, startSmallLab } from '../support/sending.ts'

const minute = 60_000
/** Tokens of a minute, and a film that lasts until a test has let them end. */
const options = {
  broker: { sessionSeconds: 60 },
  emulator: { minSessionSeconds: 1, bytesPerSecond: 4 * smallPart },
  brokerNetwork: true,
}
const stored = { operation: 'UploadPart', stored: true }

test.concurrent.for(['cut', 'stopped'] as const)(
  'a broker that is away (%s) while bytes flow: sent until the token ends, then held, and it goes on by itself',
  async (how, { task }) => {
    const shown = showing(task, {
      fault: how === 'cut' ? 'no way to the broker' : 'broker stopped',
      moment: 'UploadPart',
      outcome: 'held, completed by itself',
      least: 1,
    })
    const clock = fastClock(1)
    await using lab = await startSmallLab({ ...options, now: clock.now })
    const { engine, path, settled } = await sendFilm(lab, { parts: 30, random: Math.random, now: clock.now })
    await engine.until(([row]) => (row?.acknowledged ?? 0) >= smallPart)
    await (how === 'cut' ? lab.brokerNetwork.cut() : lab.stopBroker())
    const before = lab.faults.served(stored).length
    // more than were on the wire
    await engine.until(() => lab.faults.served(stored).length > before + 2)
    clock.jump(minute)
    const [held] = await engine.until((_, { hold, counts }) => hold !== null && counts.active === 0)
    expect((await engine.status()).hold?.kind).toBe('broker_unreachable')
    expect(held).toMatchObject({ state: 'queued', activity: 'waiting', attempts: 0, failure: null })
    shown.happened()
    await (how === 'cut' ? lab.brokerNetwork.restore() : lab.startBroker())
    const begin = performance.now()
    await engine.until((_, { hold }) => hold === null)
    expect(performance.now() - begin).toBeLessThan(10_000)
    expect(await settled()).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
    await shown.ends(lab, [path])
  },
)

test.concurrent('a broker that is away when files are dropped holds them, three times, and takes them by itself', async ({
  task,
}) => {
  const shown = showing(task, { fault: 'no way to the broker', moment: 'grant', outcome: 'held, completed by itself' })
  await using lab = await startSmallLab({ brokerNetwork: true })
  const engine = lab.engine()
  await engine.signIn()
  const paths: string[] = []
  for (const name of ['first', 'second', 'third']) {
    const path = await film(lab, 1, name)
    await lab.brokerNetwork.cut()
    await engine.add(path)
    const held = await engine.until((_, { hold, counts }) => hold?.kind === 'broker_unreachable' && counts.active === 0)
    expect(held.find((row) => row.name === name)).toMatchObject({ state: 'queued', activity: 'waiting', attempts: 0 })
    shown.happened()
    await lab.brokerNetwork.restore()
    const begin = performance.now()
    await engine.settled()
    expect(performance.now() - begin).toBeLessThan(10_000)
    paths.push(path)
  }
  for (const row of await engine.list()) expect(row).toMatchObject({ state: 'completed', attempts: 0 })
  await shown.ends(lab, paths)
})

test.concurrent.for([
  { question: 'grant', news: ['offline', 'online'] },
  { question: 'confirm', news: ['suspend', 'wake'] },
] as const)(
  'a way that goes while the broker is asked for a $question: asked anew when the machine says that it is back',
  async ({ question, news: [gone, back] }, { task }) => {
    const shown = showing(task, { fault: 'black hole', moment: question, outcome: 'completed', least: 1 })
    await using lab = await startSmallLab({ brokerNetwork: true })
    const path = await film(lab, 1)
    const engine = lab.engine(await queueFilms(lab, [path]))
    if (question === 'confirm') {
      lab.faults.add({ match: { operation: 'PutObject', nth: 1 }, fault: { kind: 'loseAnswer' } })
      const again = hold(lab, { operation: 'PutObject', nth: 1 })
      await engine.begin()
      await again.reached
      again.release()
    }
    const answer = lab.brokerNetwork.holdAnswers()
    if (question === 'grant') await engine.begin()
    await answer.reached
    lab.brokerNetwork.stall()
    shown.happened()
    engine.machine(gone)
    await lab.brokerNetwork.restore()
    engine.machine(back)
    const begin = performance.now()
    expect(only(await engine.settled())).toMatchObject({ state: 'completed', attempts: 0 })
    expect(performance.now() - begin).toBeLessThan(5_000)
    await shown.ends(lab, [path], { resent: question === 'confirm' ? 1 : 0 })
  },
)

test.concurrent('the answer of a grant is lost: asked again, and the keys are the same', async ({ task }) => {
  const shown = showing(task, { fault: 'answer lost', moment: 'grant', outcome: 'completed', least: 1 })
  await using lab = await startSmallLab({ brokerNetwork: true })
  const path = await film(lab, 2)
  const engine = lab.engine(await queueFilms(lab, [path]))
  const answer = lab.brokerNetwork.holdAnswers()
  await engine.begin()
  await answer.reached
  lab.brokerNetwork.reset()
  shown.happened()
  answer.release()
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', attempts: 0 })
  await shown.ends(lab, [path])
})
