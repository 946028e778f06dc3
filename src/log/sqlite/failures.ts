import { LogUnavailable } from '../EventLog.ts'

const SQLITE_BUSY = 5

interface SqliteError extends Error {
  readonly code: 'ERR_SQLITE_ERROR'
  /** SQLite's extended result code; its low byte is the primary one. */
  readonly errcode: number
}

const isSqliteError = (error: unknown): error is SqliteError =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'

export const isBusy = (error: unknown): boolean =>
  isSqliteError(error) && (error.errcode & 0xff) === SQLITE_BUSY

/** What a caller is told of the driver's trouble; anything else is passed on as it is. */
export const asUnavailable = (doing: string, error: unknown): unknown =>
  isSqliteError(error)
    ? new LogUnavailable(`The log could not be ${doing}: ${error.message}`, { cause: error })
    : error
