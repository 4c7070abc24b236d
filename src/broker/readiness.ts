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

/** Ready is a broker all of whose probes succeed. What is `besides` them is looked at and told, but it goes on without. */
export const createReadiness = (
  probes: Readonly<Record<string, Probe>>,
  now: () => number,
  besides: Readonly<Record<string, Probe>> = {},
): Readiness => {
  let leaving = false
  let looked: { readonly at: number; readonly dependencies: Promise<Ready['dependencies']> } | null = null

  return {
    look: async () => {
      const at = now()
      if (looked === null || Math.abs(at - looked.at) >= freshness)
        looked = { at, dependencies: probeAll({ ...besides, ...probes }) }
      const dependencies = await looked.dependencies
      const isReady = Object.keys(probes).every((name) => dependencies[name] === 'ok')
      return { status: leaving ? 'closing' : isReady ? 'ready' : 'not_ready', dependencies }
    },
    leave: () => {
      leaving = true
    },
  }
}

const probeAll = async (probes: Readonly<Record<string, Probe>>): Promise<Ready['dependencies']> =>
  Object.fromEntries(
    await Promise.all(Object.entries(probes).map(async ([name, probe]) => [name, await stateOf(probe)] as const)),
  )

const stateOf = async (probe: Probe): Promise<'ok' | 'down'> => {
  const { promise: late, resolve } = Promise.withResolvers<'down'>()
  const timer = setTimeout(() => resolve('down'), patience)
  try {
    return await Promise.race([
      probe().then(
        () => 'ok' as const,
        () => 'down' as const,
      ),
      late,
    ])
  } finally {
    clearTimeout(timer)
  }
}
