import type { Session, Sessions } from '../access/sessions.ts'
import { S3Error } from '../s3-error.ts'

const words = {
  ExpiredToken: 'The provided token has expired.',
  InvalidAccessKeyId: 'The AWS Access Key Id you provided does not exist in our records.',
  AccessDenied: 'Access Denied',
} as const

/** How a session that was ended early is answered; Ceph always says AccessDenied. */
export type EndedAnswer = keyof typeof words
export const endedAnswers = Object.keys(words) as readonly EndedAnswer[]

/** Sessions that can all be ended at once: `open` throws the answer for each that was issued before. */
export function endableSessions(sessions: Sessions): Sessions & { end(answer: EndedAnswer): void } {
  let ended: EndedAnswer | null = null
  const issuedSince = new Set<Session['accessKeyId']>()
  return {
    seal(session) {
      issuedSince.add(session.accessKeyId)
      return sessions.seal(session)
    },
    open(token) {
      const session = sessions.open(token)
      if (session !== null && ended !== null && !issuedSince.has(session.accessKeyId))
        throw new S3Error(ended, words[ended])
      return session
    },
    end(answer) {
      ended = answer
      issuedSince.clear()
    },
  }
}
