/** What an engine's process is run through so that files' permissions concern it, also where root runs the tests. */
export const withoutRights: readonly string[] = process.getuid?.() === 0 ? withoutRootsRights() : []

function withoutRootsRights(): readonly string[] {
  const rights = '-dac_override,-dac_read_search'
  return ['setpriv', `--bounding-set=${rights}`, `--inh-caps=${rights}`]
}
