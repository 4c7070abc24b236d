/** Looks whether something that the broker needs is there; rejects where it is not. */
export type Probe = () => Promise<unknown>

export type Readiness = {
  /** Which of what the broker needs is there; looked at again after a few seconds. */
  readonly look: () => Promise<Ready>
  /** From now on it is not ready, so that no new requests are sent to it. */
  readonly leave: () => void
}
export type Ready = {
  readonly status: 'ready' | 'not_ready' | 'closing'
  readonly dependencies: Readonly<Record<string, 'ok' | 'down'>>
}

/** How long an answer is good for (ms): whoever asks often does not make the broker ask STS as often. */
const freshness = 5_000
/** A probe that takes longer has failed (ms); balancers wait about as long for their answer. */
const patience = 3_000

type Options = {
  /** What is looked at and told, though the broker goes on without it. */
  readonly besides?: Readonly<Record<string, Probe>>
  /** Hears once of each that is found down, and why, until it was there again. */
  readonly onDown?: (name: string, error: unknown) => void
}

/** Ready is a broker all of whose probes succeed. */
export const createReadiness = (
  probes: Readonly<Record<string, Probe>>,
  now: () => number,
  { besides = {}, onDown = () => {} }: Options = {},
): Readiness => {
  let leaving = false
  let looked: { readonly at: number; readonly dependencies: Promise<Ready['dependencies']> } | null = null
  const down = new Set<string>()

  const stateOf = async (name: string, probe: Probe): Promise<'ok' | 'down'> => {
    try {
      await inTime(probe)
      down.delete(name)
      return 'ok'
    } catch (error) {
      if (!down.has(name)) onDown(name, error)
      down.add(name)
      return 'down'
    }
  }
  const probeAll = async (): Promise<Ready['dependencies']> => {
    const all = Object.entries({ ...besides, ...probes })
    return Object.fromEntries(
      await Promise.all(all.map(async ([name, probe]) => [name, await stateOf(name, probe)] as const)),
    )
  }

  return {
    look: async () => {
      const at = now()
      if (looked === null || Math.abs(at - looked.at) >= freshness) looked = { at, dependencies: probeAll() }
      const dependencies = await looked.dependencies
      const isReady = Object.keys(probes).every((name) => dependencies[name] === 'ok')
      return { status: leaving ? 'closing' : isReady ? 'ready' : 'not_ready', dependencies }
    },
    leave: () => {
      leaving = true
    },
  }
}

const inTime = async (probe: Probe): Promise<void> => {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject({ name: 'NoAnswerInTime' }), patience)
  try {
    await Promise.race([probe(), late])
  } finally {
    clearTimeout(timer)
  }
}
