import { awsFailure } from '../aws-failure.ts'

/** What one look found. `unknown`: it could not be seen. */
export type Finding = {
  /** What was looked at: a few words. */
  readonly check: string
  readonly state: 'ok' | 'wrong' | 'unknown'
  /** What was seen. */
  readonly says: string
  /** What to do about it. */
  readonly advice?: string
  /** What `--fix` changed. */
  readonly changed?: string
}

type Words = Omit<Finding, 'check' | 'state'>

export const fine = (check: string, says: string, more: Partial<Words> = {}): Finding => ({
  check,
  state: 'ok',
  says,
  ...more,
})
export const wrong = (check: string, says: string, advice: string): Finding => ({ check, state: 'wrong', says, advice })
export const unseen = (check: string, says: string, advice: string): Finding => ({
  check,
  state: 'unknown',
  says,
  advice,
})

/** Why AWS refused or did not answer, in words. */
export const reasonOf = (error: unknown): string => {
  const { name, status } = awsFailure('', error)
  return status === null ? name : `${name}, ${status}`
}

/** A look that the store refused: it may not have this, or the broker may not look. */
export const unseenFor = (check: string, error: unknown, action: string): Finding =>
  unseen(
    check,
    `the store did not tell (${reasonOf(error)})`,
    awsFailure('', error).status === 501
      ? 'nothing: the store has no such call'
      : `allow ${action} to whoever runs the check, where the store has it`,
  )
