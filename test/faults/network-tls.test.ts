import { expect, test } from 'vitest'
import { showing } from '../support/reliability.ts'
import { film, only, queueFilms, smallPart, startSmallLab } from '../support/sending.ts'

const slowly = 4 * smallPart

test.concurrent('TLS connections that are reset in the middle of a part: the part is sent again', async ({ task }) => {
  const shown = showing(task, { fault: 'TLS reset', moment: 'UploadPart', outcome: 'completed' })
  await using lab = await startSmallLab({ network: 'tls' })
  lab.network.slow(slowly)
  const path = await film(lab, 12)
  const trusting = { env: { NODE_EXTRA_CA_CERTS: lab.authority } }
  const engine = await lab.engineProcess(await queueFilms(lab, [path]), trusting)
  await engine.begin()
  for (const acknowledged of [1, 4, 7]) {
    await engine.until(([row]) => (row?.acknowledged ?? 0) >= acknowledged * smallPart)
    lab.network.reset()
    shown.happened()
  }
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', verification: 'checksum' })
  await shown.ends(lab, [path])
})

test.concurrent('TLS handshakes that are reset for a while: it goes on when they work', async ({ task }) => {
  const shown = showing(task, { fault: 'TLS reset', moment: 'handshake', outcome: 'completed by itself' })
  await using lab = await startSmallLab({ network: 'tls' })
  lab.network.slow(slowly)
  const path = await film(lab, 12)
  const trusting = { env: { NODE_EXTRA_CA_CERTS: lab.authority } }
  const engine = await lab.engineProcess(await queueFilms(lab, [path]), trusting)
  await engine.begin()
  for (const acknowledged of [1, 4, 7]) {
    await engine.until(([row]) => (row?.acknowledged ?? 0) >= acknowledged * smallPart)
    lab.network.resetNew()
    lab.network.reset()
    await engine.until(([row], { counts }) => row?.failure !== null && counts.active === 0)
    shown.happened()
    await lab.network.restore()
    lab.network.slow(slowly)
    const begin = performance.now()
    await engine.until(([row]) => row?.failure === null)
    expect(performance.now() - begin).toBeLessThan(10_000)
  }
  expect(only(await engine.settled())).toMatchObject({ state: 'completed', verification: 'checksum' })
  await shown.ends(lab, [path])
})

test.concurrent('a certificate that is not trusted holds the queue and says so; with a trusted one it goes on', async ({
  task,
}) => {
  const shown = showing(task, {
    fault: 'certificate not trusted',
    moment: 'at the start',
    outcome: 'held: certificate_untrusted; trusted: completed',
    least: 1,
  })
  await using lab = await startSmallLab({ network: 'tls' })
  const paths = [await film(lab, 3), await film(lab, 1, 'small.txt')]
  const stranger = await lab.engineProcess(await queueFilms(lab, paths))
  await stranger.begin()
  const held = await stranger.until(
    (_, { hold, counts }) => hold?.kind === 'certificate_untrusted' && counts.active === 0,
  )
  for (const row of held)
    expect(row).toMatchObject({ state: 'queued', activity: 'waiting', attempts: 0, failure: null })
  shown.happened()
  await stranger.kill()

  const friend = await lab.engineProcess(stranger.profile, { env: { NODE_EXTRA_CA_CERTS: lab.authority } })
  await friend.begin()
  for (const row of await friend.settled()) expect(row).toMatchObject({ state: 'completed', attempts: 0 })
  await shown.ends(lab, paths)
})
