const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Whether an address of a broker or a store may be used: https, or http on this machine. */
export function isSafeAddress(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname } = new URL(address)
  return protocol === 'https:' || (protocol === 'http:' && loopback.has(hostname))
}
