import { awsFailure } from './aws-failure.ts'

/** A call of AWS with all its tries. `outcome`: `ok`, or AWS's name of the error. */
export type AwsCall = {
  readonly service: string
  readonly operation: string
  readonly outcome: string
  readonly seconds: number
}

type Next = (args: never) => Promise<unknown>
/** What the SDK's clients have in common. */
type Client = {
  readonly middlewareStack: {
    add(
      middleware: (next: Next, context: { readonly commandName?: string }) => Next,
      options: { readonly step: 'initialize'; readonly name: string },
    ): void
  }
}

/** Tells of each call that a client of the SDK makes from now on. */
export const watchCalls = (service: string, client: unknown, onCall: (call: AwsCall) => void): void => {
  const watch = (next: Next, { commandName = '' }: { readonly commandName?: string }): Next => {
    const operation = commandName.replace(/Command$/, '')
    return async (args) => {
      const started = performance.now()
      const tell = (outcome: string) =>
        onCall({ service, operation, outcome, seconds: (performance.now() - started) / 1_000 })
      try {
        const answer = await next(args)
        tell('ok')
        return answer
      } catch (error) {
        tell(awsFailure(operation, error).name)
        throw error
      }
    }
  }
  ;(client as Client).middlewareStack.add(watch, { step: 'initialize', name: 'watchCalls' })
}
