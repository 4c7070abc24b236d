/** The server's clock less ours (ms), as an answer showed it. `askedAt` is our clock when the question left. */
export const clockOffset = (serverTime: number, askedAt: number): number => serverTime - askedAt

/**
 * When credentials end by our own clock. Counting from when the question left errs to the early side by the answer's
 * time on the way, never to the late one.
 */
export const localExpiry = (expiration: number, serverTime: number, askedAt: number): number =>
  expiration - clockOffset(serverTime, askedAt)

/**
 * When to renew credentials: with a quarter of their life left, at most 5 min ahead. 15-minute tokens are so renewed
 * once each, and a broker that is away for a while costs nothing.
 */
export const renewalTime = (askedAt: number, expiresAt: number): number =>
  expiresAt - Math.min(5 * 60_000, (expiresAt - askedAt) / 4)
