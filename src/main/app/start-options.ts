import { resolve } from 'node:path'
import { type SignInRequest, signInRequestSchema } from '../../shared/session.ts'

export type StartOptions = {
  /** The folder to use instead of the person's own profile. */
  readonly profile: string | null
  readonly brokerUrl: string | null
  /** Set when a broker address was given and a token is in the environment. */
  readonly signIn: SignInRequest | null
}

/**
 * What the app was started with: `--profile DIR`, `--broker URL`, and the token in `LONGSHORE_TOKEN`, which never stands on a
 * command line, where every user of the machine could read it.
 */
export function startOptionsOf(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): StartOptions {
  const profile = optionOf(argv, '--profile')
  const brokerUrl = optionOf(argv, '--broker')
  const signIn = signInRequestSchema.safeParse({ brokerUrl, token: env.LONGSHORE_TOKEN })
  return { profile: profile === null ? null : resolve(profile), brokerUrl, signIn: signIn.success ? signIn.data : null }
}

function optionOf(argv: readonly string[], name: string): string | null {
  const joined = argv.find((argument) => argument.startsWith(`${name}=`))
  const value = joined?.slice(name.length + 1) ?? argv[argv.indexOf(name) + 1]
  return (joined !== undefined || argv.includes(name)) && value ? value : null
}
