import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { showing } from '../support/reliability.ts'
import { film, queueFilms, sendFilm, smallPart, startSmallLab, watch } from '../support/sending.ts'

/** Bytes a second: four parts. */
const slowly = 4 * smallPart

/** Of silence, after which a request is given up (src/main/engine/s3/connections.ts), in ms. */
const silence = 30_000

test.concurrent('connections that swallow everything are given up after 30 s of silence, and their parts are sent again', async ({
  task,
}) => {
  const shown = showing(task, {
    fault: 'connections swallow everything',
    moment: 'UploadPart',
    outcome: 'completed by itself',
    least: 1,
  })
  await using lab = await startSmallLab({ network: 'tcp' })
  lab.network.slow(slowly)
  const { engine, path, settled } = await sendFilm(lab, { parts: 12, random: Math.random })
  await engine.until(([row]) => (row?.acknowledged ?? 0) >= 2 * smallPart)
  lab.network.stall()
  const begin = performance.now()
  await lab.network.restore()
  shown.happened()
  expect(await settled()).toMatchObject({ state: 'completed', verification: 'checksum', attempts: 0 })
  const lasted = performance.now() - begin
  expect(lasted).toBeGreaterThan(silence - 1_000)
  expect(lasted).toBeLessThan(silence + 15_000)
  await shown.ends(lab, [path])
})

/** Up, and as long down. */
const seconds = Number(process.env.FAULT_FLAP_SECONDS ?? 3)
const times = 3

test.concurrent(
  'a network that comes and goes: each time the upload goes on by itself, and no attempt is counted',
  async ({ task }) => {
    const shown = showing(task, {
      fault: 'network comes and goes',
      moment: 'UploadPart',
      outcome: 'completed by itself',
    })
    await using lab = await startSmallLab({ network: 'tcp' })
    // as many bytes as pass while it is up
    const path = await film(lab, 4 * seconds * times)
    const profile = await queueFilms(lab, [path])
    lab.network.slow(slowly)
    const engine = lab.engine(profile)
    await engine.begin()
    const { settled } = watch(engine)
    let attempts = 0
    const counting = engine.until(([row], { counts }) => {
      attempts = Math.max(attempts, row?.attempts ?? 0)
      return counts.completed === 1
    })
    for (let time = 0; time < times; time += 1) {
      await sleep(seconds * 1_000)
      await lab.network.cut()
      shown.happened()
      await sleep(seconds * 1_000)
      await lab.network.restore()
      lab.network.slow(slowly)
    }
    await counting
    expect(await settled()).toMatchObject({ state: 'completed', verification: 'checksum' })
    expect(attempts).toBe(0)
    await shown.ends(lab, [path])
  },
  (4 * times * seconds + 60) * 1_000,
)
