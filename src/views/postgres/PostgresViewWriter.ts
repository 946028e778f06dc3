import type { RecordedEvent } from '../../domain/events.ts'
import type { StreamName } from '../../domain/streams.ts'
import { applyBatch } from '../applyBatch.ts'
import type { Quarantined } from '../state.ts'
import { streamsOf } from '../streamsOf.ts'
import type { Applied, RebuiltEntity, ViewWriter } from '../ViewStore.ts'
import { Connections } from './Connections.ts'
import { connectingTo, generationOf, type PostgresViews } from './options.ts'
import type { Statements } from './Statements.ts'
import { createIfMissing } from './schema.ts'
import { type Footprint, footprintOf } from './write/footprint.ts'
import { forget } from './write/forget.ts'
import { JournalTable } from './write/JournalTable.ts'
import { load } from './write/load.ts'
import { lock } from './write/lock.ts'
import { finishLoad, movePosition } from './write/position.ts'
import { Statistics } from './write/statistics.ts'
import { openTables } from './write/tables.ts'

/** Those that write different tenants do so at once; the others would only wait for each other. */
const CONNECTIONS = 4

/**
 * Opens a generation of the views for writing, an empty one if there is none. Rejects with `ViewsUnavailable` for trouble that may
 * pass.
 *
 * A stream is quarantined for an event that this release does not know or cannot apply; a release that can has another
 * VIEW_VERSION, and so applies it when it builds its own generation.
 */
export async function openPostgresViewWriter(options: PostgresViews): Promise<ViewWriter> {
  await createIfMissing(connectingTo(options))
  return new PostgresViewWriter(options)
}

/**
 * A batch costs two round trips: one takes the lock on its tenants and reads all that the events may touch, one writes what they
 * changed and commits.
 */
class PostgresViewWriter implements ViewWriter {
  readonly #connections: Connections
  readonly #generation: string
  readonly #statistics = new Statistics()

  constructor(options: PostgresViews) {
    this.#connections = new Connections(connectingTo(options), CONNECTIONS)
    this.#generation = generationOf(options)
  }

  async apply(events: Iterable<RecordedEvent>): Promise<Applied> {
    const applied = await this.#connections.callOnOne((sql) => this.#apply(sql, [...events]))
    if (this.#statistics.add(applied.applied)) await this.#gatherStatistics()
    return applied
  }

  rebuild(
    entity: RebuiltEntity,
    read: (streams: readonly StreamName[]) => Promise<readonly RecordedEvent[]>,
  ): Promise<void> {
    return this.#connections.callOnOne(async (sql) => {
      await Promise.all([sql.all('BEGIN'), lock(sql, this.#generation, [entity.tenant])])
      const events = await read(streamsOf(entity))
      await forget(sql, entity)
      await this.#applyLocked(sql, events, footprintOf(events), true)
    })
  }

  /** Nothing that readers need is left for its end; but the position, which moves over the journal then (position.ts). */
  beginLoad(): Promise<void> {
    return this.#connections.callOnOne(async (sql) => {
      await sql.all('UPDATE progress SET loading = true WHERE batch = 0')
    })
  }

  isLoading(): Promise<boolean> {
    return this.#connections.callOnOne(async (sql) => {
      const [loading] = (await sql.get<[boolean]>('SELECT loading FROM progress')) ?? [false]
      return loading
    })
  }

  finishLoad(): Promise<number> {
    return this.#connections.callOnOne((sql) => finishLoad(sql, this.#generation))
  }

  position(): Promise<number> {
    return this.#connections.callOnOne(async (sql) => {
      const [position] = (await sql.get<[number]>('SELECT position FROM progress')) ?? [0]
      return position
    })
  }

  quarantined(): Promise<readonly Quarantined[]> {
    return this.#connections.callOnOne(async (sql) => {
      const rows = await sql.all<[StreamName, number, string]>(
        'SELECT stream, seq, reason FROM quarantine ORDER BY stream',
      )
      return rows.map(([stream, seq, reason]) => ({ stream, seq, reason }))
    })
  }

  close(): Promise<void> {
    return this.#connections.close()
  }

  async #apply(sql: Statements, events: readonly RecordedEvent[]): Promise<Applied> {
    const footprint = footprintOf(events)
    const begun = Promise.all([sql.all('BEGIN'), lock(sql, this.#generation, footprint.tenants)])
    const [, applied] = await Promise.all([begun, this.#applyLocked(sql, events, footprint)])
    return applied
  }

  /** What was applied is applied, whether or not this succeeds. */
  async #gatherStatistics(): Promise<void> {
    await this.#connections.callOnOne((sql) => this.#statistics.gather(sql)).catch(() => {})
  }

  /** Within a transaction that has the lock, or will have it by the time that its statements run; `hasChanged` rows. Commits. */
  async #applyLocked(
    sql: Statements,
    events: readonly RecordedEvent[],
    footprint: Footprint,
    hasChanged = false,
  ): Promise<Applied> {
    const tables = openTables(await load(sql, footprint))
    const journal = new JournalTable()
    const applied = applyBatch(tables, events, (event) => journal.add(event))
    const { isSaved } = tables.progress
    const written: Promise<unknown>[] = [tables.flush(sql)]
    if (isSaved) written.push(journal.flush(sql))
    const how = { channel: this.#generation, isSaved, isChanged: isSaved || hasChanged }
    const position = movePosition(sql, how, tables.progress.load(), events)
    await Promise.all([...written, position, sql.all('COMMIT')])
    return { ...applied, position: await position }
  }
}
