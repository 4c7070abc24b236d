import { AbortMultipartUploadCommand } from '@aws-sdk/client-s3'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { type AwsClient, type Clients, createAwsClient } from '../../../../../src/main/engine/s3/aws-client.ts'
import { failed, ok } from '../../../../../src/shared/failure.ts'
import { destination } from '../../../../support/builders.ts'
import { value } from '../../../../support/value.ts'
import { credentials, errorAnswer, type Received, scriptedStore } from './scripted-store.ts'

const done = { status: 204 }
/** Any call of the store. */
const abort: Parameters<AwsClient['call']>[0] = async ({ usual }, options) => {
  const command = new AbortMultipartUploadCommand({ Bucket: 'inbox', Key: 'drops/1/a', UploadId: 'u' })
  await usual.send(command, options)
  return 'aborted'
}
async function harness(...given: Parameters<typeof scriptedStore>) {
  const { place, tools, source, ...store } = await scriptedStore(...given)
  return { ...store, connections: tools.connections, ...createAwsClient(place, tools, source) }
}
const keyIdsOf = (received: readonly Received[]) => received.map(({ keyId }) => keyId)
/** Epoch milliseconds. */
const signedAt = (headers: Received['headers'] = {}): number => {
  const written = String(headers['x-amz-date']).replace(/(....)(..)(..T..)(..)/, '$1-$2-$3:$4:')
  return Date.parse(written)
}

describe('a call of the store', () => {
  it('answers with what came of it, and tells that the way is open', async () => {
    const { call, answers, refused } = await harness(() => done)
    expect([await call(abort), answers.count, refused]).toEqual([ok('aborted'), 1, []])
  })

  it('that the store refuses is a failure, and the way is open all the same', async () => {
    const { call, answers } = await harness(() => errorAnswer(404, 'NoSuchUpload'))
    expect(await call(abort)).toMatchObject({ ok: false, failure: { kind: 'upload_lost', unclear: false } })
    expect(answers.count).toBe(1)
  })

  it('without an answer is unclear, and says nothing of the way', async () => {
    const { call, answers } = await harness(() => null)
    expect(await call(abort)).toMatchObject({ ok: false, failure: { kind: 'server', unclear: true } })
    expect(answers.count).toBe(0)
  })

  it('rejects where it was aborted, as that is no failure', async () => {
    const person = new AbortController()
    const { call, answers } = await harness(() => {
      person.abort()
      return done
    })
    await expect(call(abort, person.signal)).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    expect(answers.count).toBe(0)
  })
})

describe('a person who has left', () => {
  it('ends what is on the wire, also what its own signal does not end', async () => {
    const { call, leave, answers } = await harness(() => {
      leave()
      return new Promise(() => {})
    })
    const rejected = expect.objectContaining({ name: 'AbortError' })
    await expect(call(abort, new AbortController().signal)).rejects.toThrow(rejected)
    await expect(call(abort)).rejects.toThrow(rejected)
    expect(answers.count).toBe(0)
  })

  it('has nothing more sent', async () => {
    const { call, leave, received } = await harness(() => done)
    leave()
    await expect(call(abort)).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    expect(received).toEqual([])
  })
})

describe('a store that is in trouble', () => {
  it('is asked again a few times within the call', async () => {
    const { call, received } = await harness(() => errorAnswer(500, 'InternalError'))
    expect(await call(abort)).toMatchObject({ ok: false, failure: { kind: 'server', unclear: true } })
    expect(received.length).toBe(3)
  })

  it('and says for how long it wants to be left alone is not asked again: all that goes there must wait', async () => {
    const { call, received } = await harness(() => ({
      ...errorAnswer(503, 'SlowDown'),
      headers: { 'retry-after': '1' },
    }))
    expect(await call(abort)).toMatchObject({ ok: false, failure: { kind: 'throttled', retryAfter: 1_000 } })
    expect(received.length).toBe(1)
  })
})

describe('credentials', () => {
  it.each(['ExpiredToken', 'InvalidAccessKeyId', 'AccessDenied', 'RequestTimeTooSkewed'])(
    'that the store refuses with %s are renewed once, and the call repeated',
    async (code) => {
      const { call, received, refused } = await harness(({ keyId }) =>
        keyId === 'second' ? done : errorAnswer(403, code),
      )
      expect([await call(abort), refused]).toEqual([ok('aborted'), ['first']])
      expect(keyIdsOf(received).at(-1)).toBe('second')
    },
  )

  it.each(['NoSuchBucket', 'NoSuchUpload'])('are not renewed for what they did not cause: %s', async (code) => {
    const { call, refused } = await harness(() => errorAnswer(404, code))
    expect([(await call(abort)).ok, refused]).toEqual([false, []])
  })

  it('that are refused after a renewal too are the answer', async () => {
    const { call, received, refused, answers } = await harness(() => errorAnswer(403, 'AccessDenied'))
    expect(await call(abort)).toMatchObject({ ok: false, failure: { kind: 'access_denied' } })
    expect([keyIdsOf(received), refused, answers.count]).toEqual([['first', 'second'], ['first'], 2])
  })

  it('that cannot be renewed: the broker’s word is the answer, and it is clear that nothing happened', async () => {
    const { call } = await harness(() => errorAnswer(403, 'ExpiredToken'), { renewed: failed('revoked', 'revoked') })
    const failure = { kind: 'revoked', detail: 'revoked', unclear: false, retryAfter: null }
    expect(await call(abort)).toEqual({ ok: false, failure })
  })

  it('that cannot be had: nothing is sent, and the broker’s wish to be left alone is handed on', async () => {
    const failure = { kind: 'broker_unreachable', detail: '503', retryAfter: 5_000 } as const
    const { call, received } = await harness(() => done, { current: { ok: false, failure } })
    expect([await call(abort), received]).toEqual([{ ok: false, failure: { ...failure, unclear: false } }, []])
  })

  it('sign by the server’s clock, so that ours may be wrong by hours', async () => {
    const sixHours = 6 * 3_600_000
    const { call, received } = await harness(() => done, { current: ok(credentials('first', sixHours)) })
    await call(abort)
    expect(Math.abs(signedAt(received[0]?.headers) - sixHours - Date.now())).toBeLessThan(60_000)
  })

  it('are not renewed for a wrong guess of the clock, as the store’s answer tells the time', async () => {
    const { call, refused } = await harness(
      ({ headers }) =>
        Math.abs(signedAt(headers) - Date.now()) < 60_000 ? done : errorAnswer(403, 'RequestTimeTooSkewed'),
      { current: ok(credentials('first', 10 * 86_400_000)) },
    )
    expect([await call(abort), refused]).toEqual([ok('aborted'), []])
  })

  it('have clients of their own: a client keeps its guess of the clock', async () => {
    const { call } = await harness(({ keyId }) => (keyId === 'second' ? done : errorAnswer(403, 'AccessDenied')))
    const used: Clients[] = []
    await call((clients, options) => {
      used.push(clients)
      return abort(clients, options)
    })
    expect(new Set(used.map(({ usual }) => usual)).size).toBe(2)
    expect(used.map(({ credentials: { accessKeyId } }) => accessKeyId)).toEqual(['first', 'second'])
  })

  it('that stay the same keep their clients', async () => {
    const { call } = await harness(() => done)
    const client = async () => value(await call(async ({ usual }) => usual))
    expect(await client()).toBe(await client())
  })

  it('do not end the wait for what has to wait: a clock that stays wrong is no answer', async () => {
    const { call, answers } = await harness(() => errorAnswer(403, 'RequestTimeTooSkewed'))
    expect(await call(abort)).toMatchObject({ ok: false, failure: { kind: 'clock_skew' } })
    expect(answers.count).toBe(0)
  })
})

describe('connections', () => {
  it('are kept for the next call', async () => {
    const { call, received } = await harness(() => done)
    await call(abort)
    await call(abort)
    expect(new Set(received.map(({ port }) => port)).size).toBe(1)
  })

  it('that are cut with a call on the wire do not keep it waiting: it goes on by another', async () => {
    let cut = () => {}
    let first = true
    const { call, received, connections } = await harness(() => {
      if (!first) return done
      first = false
      cut()
      return new Promise(() => {})
    })
    cut = connections.cut
    expect(await call(abort)).toEqual(ok('aborted'))
    expect(new Set(received.map(({ port }) => port)).size).toBe(2)
  })
})

describe('the address of AWS that a call goes to', () => {
  const arn = 'arn:aws:s3:eu-west-1:123456789012:accesspoint/uploads'
  it.each([
    { to: {}, host: 'inbox.s3.eu-central-1.amazonaws.com' },
    { to: { addressing: 'path' }, host: 's3.eu-central-1.amazonaws.com' },
    { to: { accelerate: true }, host: 'inbox.s3-accelerate.amazonaws.com' },
    { to: { dualStack: true }, host: 'inbox.s3.dualstack.eu-central-1.amazonaws.com' },
    { to: { accelerate: true, dualStack: true }, host: 'inbox.s3-accelerate.dualstack.amazonaws.com' },
    { to: { bucket: arn }, host: 'uploads-123456789012.s3-accesspoint.eu-west-1.amazonaws.com' },
    {
      to: { bucket: arn, dualStack: true },
      host: 'uploads-123456789012.s3-accesspoint.dualstack.eu-west-1.amazonaws.com',
    },
    { to: { bucket: 'uploads-abc123-s3alias' }, host: 'uploads-abc123-s3alias.s3.eu-central-1.amazonaws.com' },
  ] as const)('of $to is $host, whatever the environment says', async ({ to, host }) => {
    vi.stubEnv('AWS_S3_USE_ARN_REGION', 'false')
    vi.stubEnv('AWS_USE_DUALSTACK_ENDPOINT', 'true')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { tools, source } = await scriptedStore(() => null)
    const place = destination(to)
    const { call } = createAwsClient(place, tools, source)
    const asked: string[] = []
    await call(async ({ usual }, options) => {
      const command = new AbortMultipartUploadCommand({ Bucket: place.bucket, Key: 'drops/1/a', UploadId: 'u' })
      command.middlewareStack.add(
        (_) => async (args) => {
          asked.push((args.request as { hostname: string }).hostname)
          return { response: {}, output: { $metadata: {} } }
        },
        { step: 'finalizeRequest', priority: 'low', name: 'ask no further' },
      )
      await usual.send(command, options)
    })
    expect(asked).toEqual([host])
  })
})
