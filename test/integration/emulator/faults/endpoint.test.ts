import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { describe, expect, test } from 'vitest'
import { emulatorFaults } from '../../../support/emulator-faults.ts'
import { startEmulatorProcess } from '../emulator-process.ts'
import { refusalOf, startTestEmulator } from '../test-emulator.ts'
import { object, startWithFaults } from './start-with-faults.ts'

const get = new GetObjectCommand(object)

async function ask(endpoint: string, method: string, path: string, body?: string) {
  const answer = await fetch(`${endpoint}${path}`, { method, ...(body === undefined ? {} : { body }) })
  const text = await answer.text()
  return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
}

describe('The switchboard over HTTP', () => {
  test('adds rules, waits for their hits, lets go and removes', async () => {
    await using scene = await startWithFaults()
    const remote = emulatorFaults(scene.faultsEndpoint)
    const hold = await remote.add({ match: { operation: 'PutObject' }, fault: { kind: 'hold', when: 'after' } })
    const slow = await remote.add({
      match: { key: '*.mov' },
      fault: { kind: 'error', code: 'SlowDown', retryAfter: 1 },
    })
    const put = () => scene.s3.send(new PutObjectCommand({ ...object, Body: 'hello' }))
    const twice = hold.reachedTimes(2)
    const answers = [put(), put()]
    await twice
    expect(await hold.hits()).toBe(2)
    await hold.release()
    await Promise.all(answers)
    await hold.remove()
    expect(await refusalOf(scene.s3.send(get))).toMatchObject({ status: 503 })
    expect(await slow.hits()).toBe(1)
    expect((await ask(scene.faultsEndpoint, 'GET', '/rules')).body).toEqual([
      {
        id: slow.id,
        hits: 1,
        rule: { match: { key: '*.mov' }, fault: { kind: 'error', code: 'SlowDown', retryAfter: 1 } },
      },
    ])
    await remote.removeAll()
    expect(await (await scene.s3.send(get)).Body?.transformToString()).toBe('hello')
    await expect(slow.hits()).rejects.toThrow('404')
  })

  test('sets switches, ends sessions and tells what was served', async () => {
    await using scene = await startWithFaults()
    const remote = emulatorFaults(scene.faultsEndpoint)
    const changed = await remote.set({ refuseFullObject: 'create', clockOffset: -5_000 })
    expect(changed).toEqual(scene.faults.switches())
    expect(changed).toMatchObject({ refuseFullObject: 'create', clockOffset: -5_000, opaqueEtags: false })
    await remote.set({ refuseFullObject: null })
    expect(scene.faults.switches()).toMatchObject({ refuseFullObject: null, clockOffset: -5_000 })
    await remote.endSessions()
    await remote.endSessions('AccessDenied')
    await scene.s3.send(new PutObjectCommand({ ...object, Body: 'hello' }))
    await refusalOf(scene.s3.send(new GetObjectCommand({ ...object, Key: 'none' })))
    const served = await remote.served({ operation: 'PutObject', status: 200, stored: true })
    expect(served).toEqual(scene.faults.served({ operation: 'PutObject' }))
    expect(served).toMatchObject([{ key: object.Key, bytes: 5 }])
    expect(await remote.served({ stored: false })).toMatchObject([{ key: 'none', status: 404 }])
    expect(await remote.served({ status: null })).toEqual([])
  })

  test.each([
    ['POST', '/rules', '{', undefined],
    ['POST', '/rules', '[]', ''],
    ['POST', '/rules', '{"fault":{"kind":"explode"}}', 'fault.kind'],
    ['POST', '/rules', '{"fault":{"kind":"delay","ms":"long"}}', 'fault.ms'],
    ['POST', '/rules', '{"fault":{"kind":"delay","ms":1,"s":1}}', 'fault'],
    ['POST', '/rules', '{"fault":{"kind":"error","code":"NoCodeOfS3"}}', 'fault.status'],
    ['POST', '/rules', '{"fault":{"kind":"reset"},"match":{"nth":0}}', 'match.nth'],
    ['POST', '/rules', '{"fault":{"kind":"reset"},"match":{"operation":"PutBucket"}}', 'match.operation'],
    ['POST', '/rules', '{"fault":{"kind":"corrupt","atByte":0},"match":{"operation":"AssumeRole"}}', 'fault.kind'],
    ['PUT', '/switches', '{"ignoreChecksums":"yes"}', 'ignoreChecksums'],
    ['PUT', '/switches', '{"colour":"red"}', ''],
    ['POST', '/sessions/end', '{"answer":"No"}', 'answer'],
    ['GET', '/served?status=good', undefined, 'status'],
    ['GET', '/served?colour=red', undefined, ''],
    ['GET', '/rules/1?wait=for-ever', undefined, 'wait'],
  ])('refuses %s %s %s and names the field', async (method, path, body, field) => {
    await using scene = await startWithFaults()
    scene.faults.add({ fault: { kind: 'reset' } })
    const before = scene.faults.switches()
    const refused = await ask(scene.faultsEndpoint, method, path, body)
    expect(refused).toMatchObject({ status: 400, body: { message: expect.any(String) } })
    expect(refused.body.field).toBe(field)
    expect(scene.faults.rules()).toHaveLength(1)
    expect(scene.faults.switches()).toBe(before)
  })

  test.each([
    ['GET', '/'],
    ['GET', '/rules/7'],
    ['POST', '/rules/7/release'],
    ['DELETE', '/rules/7'],
    ['PATCH', '/rules'],
    ['GET', '/nothing'],
  ])('has no %s %s', async (method, path) => {
    await using scene = await startWithFaults()
    expect(await ask(scene.faultsEndpoint, method, path)).toMatchObject({ status: 404 })
  })

  test('does not keep the emulator from ending while someone waits', async () => {
    await using scene = await startWithFaults()
    const { id } = scene.faults.add({ fault: { kind: 'reset' } })
    const waiting = expect(fetch(`${scene.faultsEndpoint}/rules/${id}?wait=hits:1`)).rejects.toThrow()
    await fetch(`${scene.faultsEndpoint}/rules/${id}`)
    await scene.emulator.close()
    await waiting
  })
})

describe('Without the switchboard', () => {
  test('there is no handle, no address and no way to a rule', async () => {
    await using scene = await startTestEmulator()
    expect(scene.emulator).toMatchObject({ faults: null, faultsEndpoint: null })
    const answer = await fetch(`${scene.emulator.endpoint}/rules`, {
      method: 'POST',
      body: JSON.stringify({ fault: { kind: 'reset' } }),
    })
    // to S3 it is a form for a bucket, and none
    expect(answer.status).toBe(412)
    await scene.s3.send(new PutObjectCommand({ ...object, Body: 'hello' }))
  })

  test('a process tells no address of it, and tells it only when asked for one', async () => {
    await using plain = await startEmulatorProcess()
    expect(plain.ready).toMatchObject({ faultsEndpoint: null })
    await using tested = await startEmulatorProcess(['--faults'])
    const { faultsEndpoint, endpoint, region, ...keys } = tested.ready
    const rule = await emulatorFaults(faultsEndpoint ?? '').add({ fault: { kind: 'error', code: 'SlowDown' } })
    const s3 = new S3Client({ endpoint, region, credentials: keys, forcePathStyle: true, maxAttempts: 1 })
    expect(await refusalOf(s3.send(get))).toEqual({ code: 'SlowDown', status: 503 })
    expect(await rule.hits()).toBe(1)
    s3.destroy()
  })
})
