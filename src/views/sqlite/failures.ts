import { ViewsUnavailable } from '../ViewStore.ts'

const BUSY = 5
/** Primary result codes of trouble outside the file's content: locked, no memory, read-only, I/O, disk full, cannot open. */
const PASSING: readonly number[] = [BUSY, 6, 7, 8, 10, 13, 14]

interface SqliteError extends Error {
  readonly code: 'ERR_SQLITE_ERROR'
  /** SQLite's extended result code; its low byte is the primary one. */
  readonly errcode: number
}

export const isSqliteError = (error: unknown): error is SqliteError =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'

export const isBusy = (error: unknown): boolean => isSqliteError(error) && (error.errcode & 0xff) === BUSY

/**
 * What a caller is told: `ViewsUnavailable` for trouble that may pass, else the error itself: a damaged file never mends, and is
 * to be built again.
 */
export const asUnavailable = (error: unknown): unknown =>
  isSqliteError(error) && PASSING.includes(error.errcode & 0xff)
    ? new ViewsUnavailable(`The views cannot be used just now: ${error.message}`, { cause: error })
    : error
