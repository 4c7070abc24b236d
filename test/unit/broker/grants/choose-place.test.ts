import { expect, it } from 'vitest'
import { choosePlace } from '../../../../src/broker/grants/choose-place.ts'

const europe = { bucket: 'uploads', region: 'eu-central-1' }
const america = { bucket: 'uploads-us', region: 'us-east-1' }

const choosing = () => {
  let time = 0
  const asked: string[] = []
  const down = new Set<string>()
  const choose = choosePlace(
    [europe, america],
    async ({ bucket }) => {
      asked.push(bucket)
      return !down.has(bucket)
    },
    () => time,
  )
  return {
    choose,
    asked,
    down,
    wait: (milliseconds: number) => {
      time += milliseconds
    },
  }
}

it('grants go to the first bucket for as long as it answers, which is asked once a minute', async () => {
  const { choose, asked, wait } = choosing()
  expect(await Promise.all([choose(), choose(), choose()])).toEqual([europe, europe, europe])
  wait(59_999)
  await choose()
  expect(asked).toEqual(['uploads'])
  wait(1)
  await choose()
  expect(asked).toEqual(['uploads', 'uploads'])
})

it('grants go to the next bucket while the first one does not answer, and back when it does', async () => {
  const { choose, down, wait } = choosing()
  down.add('uploads')
  expect(await choose()).toEqual(america)
  down.delete('uploads')
  expect(await choose()).toEqual(america)
  wait(60_000)
  expect(await choose()).toEqual(europe)
})

it('while no bucket answers there is no place, and the next grant asks again at once', async () => {
  const { choose, down } = choosing()
  down.add('uploads').add('uploads-us')
  expect(await choose()).toBeNull()
  down.clear()
  expect(await choose()).toEqual(europe)
})
