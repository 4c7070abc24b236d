import { HttpRequest } from '@smithy/core/protocols'
import type { MetadataBearer, Pluggable } from '@smithy/types'

/** Sends a command with these headers over its own. */
export const withHeaders = <Input extends object, Output extends MetadataBearer>(
  headers: Readonly<Record<string, string>>,
): Pluggable<Input, Output> => ({
  applyToStack: (stack) =>
    stack.add(
      (next) => (args) => {
        if (!HttpRequest.isInstance(args.request)) throw new Error('not a request of HTTP')
        Object.assign(args.request.headers, headers)
        return next(args)
      },
      { step: 'build', name: 'withHeaders' },
    ),
})
