import { backup, type DatabaseSync } from 'node:sqlite'
import { RootHash } from '../chain.ts'
import { LogUnavailable } from '../EventLog.ts'
import { openForReading, openForWriting, query } from './database.ts'
import { asUnavailable } from './failures.ts'
import type { LogRoot } from './integrity/checkIntegrity.ts'
import { newEpoch, requireCurrentSchema } from './schema.ts'

export interface CopyOptions {
  readonly file: string
  /** An empty file, or none. Whole only when the promise has resolved. */
  readonly target: string
  readonly onProgress?: (copiedBytes: number, allBytes: number) => void
}

const PAGES_AT_ONCE = 1_000

/**
 * Copies the log as of one moment while others write, and tells the root at that moment, as its streams' heads give it: nothing is
 * checked. A writer is never kept waiting; its WAL cannot be reset meanwhile, so it grows. Rejects with `LogUnavailable`.
 */
export async function copyLog({ file, target, onProgress }: CopyOptions): Promise<LogRoot> {
  try {
    const db = openForReading(file)
    try {
      requireCurrentSchema(db, file)
      // Holds what is read to this moment; a copy without it would begin again whenever somebody commits.
      db.exec('BEGIN')
      const root = rootOf(db)
      const pageBytes = query<[number]>(db, 'PRAGMA page_size').get()?.[0] ?? 0
      await backup(db, target, {
        rate: PAGES_AT_ONCE,
        progress: ({ totalPages, remainingPages }) =>
          onProgress?.((totalPages - remainingPages) * pageBytes, totalPages * pageBytes),
      })
      return root
    } finally {
      db.close()
    }
  } catch (error) {
    throw asUnavailable(`copied (${file})`, error)
  }
}

function rootOf(db: DatabaseSync): LogRoot {
  const root = new RootHash()
  const heads = db.prepare('SELECT name, seq, hash FROM stream ORDER BY id')
  for (const { name, seq, hash } of heads.iterate()) {
    if (hash === null) throw new LogUnavailable('The log is still being brought up to date: try again later')
    root.add(String(name), Number(seq), String(hash))
  }
  const position = query<[number]>(db, 'SELECT coalesce(max(position), 0) FROM event').get()?.[0] ?? 0
  return { position, root: root.digest() }
}

/**
 * Begins a new epoch: what clients hold from an earlier one is refused, and views are made anew. For a log that nobody has open.
 */
export function beginEpoch(file: string): void {
  const db = openForWriting(file)
  try {
    requireCurrentSchema(db, file)
    db.prepare("UPDATE meta SET value = ? WHERE name = 'epoch'").run(newEpoch())
  } finally {
    db.close()
  }
}
