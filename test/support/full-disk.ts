import BetterSqlite3 from 'better-sqlite3'

/**
 * Loaded into an engine's process ahead of it (`--import`): at SIGUSR2 the disk is full for its database, which may not grow
 * any more (SQLITE_FULL); at the next one there is room again.
 */
const { pragma } = BetterSqlite3.prototype
const opened = new Set<BetterSqlite3.Database>()
BetterSqlite3.prototype.pragma = function (this: BetterSqlite3.Database, ...given) {
  opened.add(this)
  return pragma.apply(this, given)
}

const mostPages = 4_294_967_294
let isFull = false
process.on('SIGUSR2', () => {
  isFull = !isFull
  // SQLite takes the present size for a smaller one
  for (const database of opened) if (database.open) pragma.call(database, `max_page_count = ${isFull ? 1 : mostPages}`)
})
