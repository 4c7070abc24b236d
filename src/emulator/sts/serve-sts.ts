import { randomBytes, randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { type Authority, accountId, authenticate, type Caller } from '../access/authenticate.ts'
import type { Session } from '../access/sessions.ts'
import { sha256Hex } from '../access/signature.ts'
import { isStsOperation } from '../faults/rule.ts'
import type { Attended, Switchboard } from '../faults/switchboard.ts'
import { S3Error } from '../s3-error.ts'
import type { Answer } from '../wire/answer.ts'
import { parsePairs, type ReceivedRequest } from '../wire/received-request.ts'
import { writeXml, type Xml } from '../wire/xml.ts'
import {
  durationOf,
  longestPolicy,
  policyOf,
  refuseUnsupported,
  type SessionRequest,
  textOf,
} from './session-request.ts'
import { inStsWords, StsError } from './sts-error.ts'

const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/'
const hour = 3_600

/** Seals a new session and describes it as STS does. */
function issue(
  authority: Authority,
  session: Pick<Session, 'kind' | 'arn' | 'userId' | 'policy'>,
  duration: number,
): { readonly [name: string]: Xml } {
  const expiration = Math.floor(authority.now() / 1_000) * 1_000 + duration * 1_000
  const accessKeyId = `ASIA${randomBytes(8).toString('hex').toUpperCase()}`
  const secretAccessKey = randomBytes(30).toString('base64')
  return {
    Credentials: {
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      SessionToken: authority.sessions.seal({ ...session, accessKeyId, secretAccessKey, expiration }),
      Expiration: new Date(expiration).toISOString().replace('.000Z', 'Z'),
    },
    ...(session.policy === null ? {} : { PackedPolicySize: Math.ceil((session.policy.length * 100) / longestPolicy) }),
  }
}

/** Nobody is allowed anything by a federation token without a policy: the intersection with nothing. */
const denyAll = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Deny', Action: '*', Resource: '*' },
})

function getFederationToken(authority: Authority, caller: Caller, form: SessionRequest, least: number) {
  if (caller.kind !== 'user')
    throw new StsError(403, 'AccessDenied', 'Cannot call GetFederationToken with session credentials')
  const name = textOf(form, 'Name', /^[\w+=,.@-]{2,32}$/)
  const duration = durationOf(form, least, 36 * hour, 12 * hour)
  const arn = `arn:aws:sts::${accountId}:federated-user/${name}`
  const userId = `${accountId}:${name}`
  const { PackedPolicySize, ...issued } = issue(
    authority,
    { kind: 'federated', arn, userId, policy: policyOf(form) ?? denyAll },
    duration,
  )
  return {
    ...issued,
    FederatedUser: { Arn: arn, FederatedUserId: userId },
    PackedPolicySize: form.has('Policy') ? PackedPolicySize : undefined,
  }
}

function assumeRole(authority: Authority, caller: Caller, form: SessionRequest, least: number) {
  const roleArn = textOf(form, 'RoleArn', new RegExp(`^arn:aws:iam::${accountId}:role/[\\w+=,.@/-]{1,512}$`))
  const sessionName = textOf(form, 'RoleSessionName', /^[\w+=,.@-]{2,64}$/)
  if (caller.kind === 'federated' || !caller.allows('sts:AssumeRole', roleArn))
    throw new StsError(
      403,
      'AccessDenied',
      `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    )
  // Role chaining: a role's session cannot make a longer one than an hour.
  const duration = durationOf(form, least, caller.kind === 'role' ? hour : 12 * hour, hour)
  const arn = `arn:aws:sts::${accountId}:assumed-role/${roleArn.split('/').at(-1)}/${sessionName}`
  const userId = `AROAEXAMPLELONGSHORE:${sessionName}`
  const issued = issue(authority, { kind: 'role', arn, userId, policy: policyOf(form) }, duration)
  return { ...issued, AssumedRoleUser: { Arn: arn, AssumedRoleId: userId } }
}

function answerTo(action: string, authority: Authority, caller: Caller, form: SessionRequest, least: number) {
  refuseUnsupported(form)
  switch (action) {
    case 'GetFederationToken':
      return getFederationToken(authority, caller, form, least)
    case 'AssumeRole':
      return assumeRole(authority, caller, form, least)
    case 'GetCallerIdentity':
      return { Arn: caller.arn, UserId: caller.userId, Account: accountId }
    default:
      throw new StsError(400, 'InvalidAction', `Could not find operation ${action}`)
  }
}

/** The form of a request of STS's Query API; a few policies' worth at most. Throws EntityTooLarge. */
export async function readForm(request: ReceivedRequest): Promise<string> {
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of request.bytes()) {
    size += piece.length
    if (size > 64 * 1024) throw new S3Error('EntityTooLarge', 'The form is too large')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** What serves STS; `minSessionSeconds` is 900 on AWS. */
export type StsService = {
  readonly authority: Authority
  readonly minSessionSeconds: number
  readonly switchboard: Switchboard
}

/** STS's answer to a request of its Query API, whose form was read already; errors are answers too. */
export async function serveSts(request: ReceivedRequest, text: string, service: StsService): Promise<Answer> {
  const { authority, minSessionSeconds, switchboard } = service
  const RequestId = randomUUID()
  const answer = (status: number, root: string, content: { readonly [name: string]: Xml }): Answer => ({
    status,
    headers: { 'content-type': 'text/xml' },
    body: writeXml(root, namespace, content),
  })
  const perform =
    (form: SessionRequest, action: string): Attended =>
    async (attended, under) => {
      try {
        const { caller } = authenticate(authority, attended, 'sts', () => sha256Hex(text))
        const work = async () => {
          const result = answerTo(action, authority, caller, form, minSessionSeconds)
          return answer(200, `${action}Response`, { [`${action}Result`]: result, ResponseMetadata: { RequestId } })
        }
        return await under(attended, () => {}, work)
      } catch (error) {
        throw inStsWords(error)
      }
    }
  try {
    const form = new Map([...request.query, ...parsePairs(text)])
    const action = form.get('Action') ?? ''
    const replayed = { ...request, bytes: () => Readable.from([Buffer.from(text)]) }
    const serve = perform(form, action)
    if (!isStsOperation(action)) return await serve(replayed, (_request, _forgetUpload, work) => work(replayed))
    return await switchboard.attend({ operation: action, key: '', partNumber: null }, replayed, serve)
  } catch (error) {
    const { status, code, message, headers } = inStsWords(error)
    const document = answer(status, 'ErrorResponse', {
      Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
      RequestId,
    })
    return { ...document, headers: { ...document.headers, ...headers } }
  }
}
