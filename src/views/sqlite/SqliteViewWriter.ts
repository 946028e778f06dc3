import type { DatabaseSync } from 'node:sqlite'
import type { RecordedEvent } from '../../domain/events.ts'
import type { StreamName } from '../../domain/streams.ts'
import type { Applied, RebuiltEntity, ViewWriter } from '../ViewStore.ts'
import { commits } from './commits.ts'
import { openForWriting } from './database.ts'
import { asUnavailable } from './failures.ts'
import { Statements } from './Statements.ts'
import { createIfMissing } from './schema.ts'
import { applyBatch } from './write/applyBatch.ts'
import { openTables, type Tables } from './write/Batch.ts'
import { ProgressTable, type Quarantined } from './write/ProgressTable.ts'
import { rebuildEntity, streamsOf } from './write/rebuildEntity.ts'

/**
 * Opens the views in a file for writing, empty ones if there are none. Rejects with `ViewsUnavailable` for trouble that may
 * pass, else the file is damaged, of another version or no views: it is of no use and may be built again.
 *
 * The work is done on the calling thread. A stream is quarantined for an event that this release does not know or cannot apply;
 * a release that can has another VIEW_VERSION, and so applies it when it builds its own generation.
 */
export async function openSqliteViewWriter(options: { readonly file: string }): Promise<ViewWriter> {
  try {
    await createIfMissing(options.file)
    return new SqliteViewWriter(openForWriting(options.file))
  } catch (error) {
    throw asUnavailable(error)
  }
}

class SqliteViewWriter implements ViewWriter {
  readonly #db: DatabaseSync
  readonly #progress: ProgressTable
  readonly #tables: Tables
  readonly #statements: Statements
  /** A rebuild waits for the log within its transaction: nothing else may come into it. */
  #rebuilding: Promise<unknown> | null = null

  constructor(db: DatabaseSync) {
    this.#db = db
    const statements = new Statements(db)
    this.#statements = statements
    this.#progress = new ProgressTable(statements)
    this.#tables = openTables(statements, this.#progress)
  }

  async apply(events: readonly RecordedEvent[]): Promise<Applied> {
    while (this.#rebuilding !== null) await this.#rebuilding
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      const applied = applyBatch(this.#tables, events)
      this.#commit()
      return applied
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw asUnavailable(error)
    }
  }

  async rebuild(
    entity: RebuiltEntity,
    read: (streams: readonly StreamName[]) => Promise<readonly RecordedEvent[]>,
  ): Promise<void> {
    while (this.#rebuilding !== null) await this.#rebuilding
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#rebuilding = promise
    try {
      await this.#rebuild(entity, read)
    } finally {
      this.#rebuilding = null
      resolve()
    }
  }

  async #rebuild(
    entity: RebuiltEntity,
    read: (streams: readonly StreamName[]) => Promise<readonly RecordedEvent[]>,
  ): Promise<void> {
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      const events = await read(streamsOf(entity))
      rebuildEntity(this.#statements, this.#tables, entity, events)
      this.#commit()
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw asUnavailable(error)
    }
  }

  #commit(): void {
    this.#db.exec('COMMIT')
    commits.ofThread += 1
  }

  async position(): Promise<number> {
    try {
      return this.#progress.load().position
    } catch (error) {
      throw asUnavailable(error)
    }
  }

  async quarantined(): Promise<readonly Quarantined[]> {
    try {
      return this.#progress.quarantined()
    } catch (error) {
      throw asUnavailable(error)
    }
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close()
  }
}
