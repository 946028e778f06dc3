import type { DatabaseSync } from 'node:sqlite'
import type { RecordedEvent } from '../../domain/events.ts'
import type { StreamName } from '../../domain/streams.ts'
import { applyBatch } from '../applyBatch.ts'
import type { Tables } from '../Batch.ts'
import { ALL_INDEXED } from '../numbers.ts'
import type { Quarantined } from '../state.ts'
import { streamsOf } from '../streamsOf.ts'
import type { Applied, RebuiltEntity, ViewWriter } from '../ViewStore.ts'
import { Aside } from './aside/Aside.ts'
import { beginLoad, makeIndex } from './aside/load.ts'
import { commits } from './commits.ts'
import { openForWriting } from './database.ts'
import { asUnavailable } from './failures.ts'
import { Statements } from './Statements.ts'
import { createIfMissing } from './schema.ts'
import { ProgressTable } from './write/ProgressTable.ts'
import { rebuildEntity } from './write/rebuildEntity.ts'
import { openTables } from './write/tables.ts'

/** Users that one step of a load's end takes. */
const LOAD_STEP = 20_000

export interface ViewWriterOptions {
  readonly file: string
  /** For tests: users that one step of a load's end takes. */
  readonly loadStep?: number
}

/**
 * Opens the views in a file for writing, empty ones if there are none. Rejects with `ViewsUnavailable` for trouble that may
 * pass, else the file is damaged, of another version or no views: it is of no use and may be built again.
 *
 * The work is done on the calling thread. A stream is quarantined for an event that this release does not know or cannot apply;
 * a release that can has another VIEW_VERSION, and so applies it when it builds its own generation.
 */
export async function openSqliteViewWriter({ file, loadStep }: ViewWriterOptions): Promise<ViewWriter> {
  try {
    await createIfMissing(file)
    return new SqliteViewWriter(openForWriting(file), new Aside({ file, step: loadStep ?? LOAD_STEP }))
  } catch (error) {
    throw asUnavailable(error)
  }
}

class SqliteViewWriter implements ViewWriter {
  readonly #db: DatabaseSync
  readonly #progress: ProgressTable
  readonly #tables: Tables
  readonly #statements: Statements
  readonly #aside: Aside
  #buildsAside = false
  /** A rebuild waits for the log within its transaction: nothing else may come into it. */
  #rebuilding: Promise<unknown> | null = null

  constructor(db: DatabaseSync, aside: Aside) {
    this.#db = db
    this.#aside = aside
    const statements = new Statements(db)
    this.#statements = statements
    this.#progress = new ProgressTable(statements)
    this.#tables = openTables(statements, this.#progress)
  }

  async apply(events: Iterable<RecordedEvent>): Promise<Applied> {
    const applied = await this.#write(() => applyBatch(this.#tables, events))
    if (this.#buildsAside) await this.#lookAside()
    return applied
  }

  async beginLoad(): Promise<void> {
    await this.#write(() => beginLoad(this.#statements, this.#progress))
    this.#buildsAside = await this.isLoading()
  }

  async finishLoad(): Promise<number> {
    if (await this.#write(() => makeIndex(this.#statements))) return 0
    if (!(await this.isLoading())) return 1
    try {
      const share = await this.#aside.finish()
      if (!(await this.isLoading())) await this.#endAside()
      return share
    } catch (error) {
      throw asUnavailable(error)
    }
  }

  /** Another writer may have finished the load. */
  async #lookAside(): Promise<void> {
    if (await this.isLoading()) this.#aside.look()
    else await this.#endAside()
  }

  async #endAside(): Promise<void> {
    this.#buildsAside = false
    await this.#aside.end()
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

  async #write<A>(change: () => A): Promise<A> {
    while (this.#rebuilding !== null) await this.#rebuilding
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      const result = change()
      this.#commit()
      return result
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw asUnavailable(error)
    }
  }

  #commit(): void {
    this.#db.exec('COMMIT')
    commits.ofThread += 1
  }

  async isLoading(): Promise<boolean> {
    try {
      return this.#progress.load().indexed < ALL_INDEXED
    } catch (error) {
      throw asUnavailable(error)
    }
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
    await this.#aside.end()
    if (this.#db.isOpen) this.#db.close()
  }
}
