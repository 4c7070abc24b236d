import { join } from 'node:path'
import electronLog from 'electron-log/main'

export type Log = {
  readonly info: (message: string) => void
  readonly error: (message: string, error?: unknown) => void
}

/** The app's log file in its profile. What is said here holds no secret: no token, no credentials, no file content. */
export function openLog(profile: string): Log {
  const logger = electronLog.create({ logId: 'app' })
  logger.transports.file.resolvePathFn = () => join(profile, 'logs', 'longshore.log')
  logger.transports.console.level = 'warn'
  return {
    info: (message) => logger.info(message),
    error: (message, error) => logger.error(message, error instanceof Error ? error.stack : (error ?? '')),
  }
}
