import type { DatabaseSync } from 'node:sqlite'
import type { ClaimKind } from '../../domain/claims.ts'
import type { RecordedEvent } from '../../domain/events.ts'
import type { StreamName, TenantId } from '../../domain/streams.ts'
import type { Json } from '../../domain/user.ts'
import type { Head } from '../../ops/command.ts'
import type { StreamRange } from '../../ops/past.ts'
import { decidable } from '../decidable.ts'
import {
  type EventPage,
  type IdempotencyRecord,
  type LogPart,
  LogUnavailable,
  type OrderedLogReader,
  type StreamPage,
} from '../EventLog.ts'
import { LIMIT, openForReading, type Query, query } from './database.ts'
import { asUnavailable } from './failures.ts'
import { EVENT_COLUMNS, type EventRow, type RangedEventRow, recordedEvents } from './rows.ts'
import { requireCurrentSchema } from './schema.ts'
import { Symbols } from './symbols.ts'

const PART_PAGE = 1_000
const LAZY_PAGE = 1_000

/** Opens a log that exists; rejects with `LogUnavailable` if there is none. */
export async function openSqliteLogReader(options: { readonly file: string }): Promise<OrderedLogReader> {
  return new SqliteLogReader(options.file)
}

/**
 * Reads on the calling thread: each question is one statement, hence one snapshot, and takes microseconds. Positions are found
 * by CROSS JOIN, which holds SQLite to the order in which the tables stand.
 */
export class SqliteLogReader implements OrderedLogReader {
  readonly capabilities = { totalOrder: true }
  readonly epoch: string
  readonly secret: string
  readonly #db: DatabaseSync
  readonly #symbols: Symbols
  readonly #head: Query<EventRow>
  readonly #seqs: Query<[number]>
  readonly #claimOwner: Query<[string]>
  readonly #recall: Query<[fingerprint: string, result: string]>
  readonly #read: Query<EventRow>
  readonly #scan: Query<EventRow>
  readonly #scanTenant: Query<EventRow>
  readonly #streams: Query<[name: string, seq: number]>
  readonly #scanPart: Query<EventRow>
  readonly #readAll: Query<EventRow>
  readonly #readRanges: Query<RangedEventRow>
  readonly #position: Query<[number]>
  readonly #positionAt: Query<[number]>

  constructor(file: string) {
    try {
      this.#db = openForReading(file)
      requireCurrentSchema(this.#db, file)
    } catch (error) {
      throw asUnavailable(`opened (${file})`, error)
    }
    const prepare = <
      Row extends EventRow | RangedEventRow | [number] | [string] | [string, string] | [string, number],
    >(
      sql: string,
    ) => query<Row>(this.#db, sql)
    const meta = prepare<[string]>('SELECT value FROM meta WHERE name = ?')
    this.epoch = meta.get('epoch')?.[0] ?? ''
    this.secret = meta.get('secret')?.[0] ?? ''
    this.#symbols = new Symbols(this.#db)
    this.#head = prepare(
      `SELECT ${EVENT_COLUMNS} FROM stream s CROSS JOIN json_each(s.latest) newest
         CROSS JOIN event e ON e.position = newest.value CROSS JOIN commit_meta c ON c.id = e.commit_id
       WHERE s.name = ? ORDER BY e.seq`,
    )
    this.#seqs = prepare(
      `SELECT coalesce(s.seq, 0) FROM json_each(?) wanted LEFT JOIN stream s ON s.name = wanted.value
       ORDER BY wanted.key`,
    )
    this.#claimOwner = prepare('SELECT owner FROM claim WHERE tenant = ? AND kind = ? AND value = ?')
    this.#recall = prepare('SELECT fingerprint, result FROM idempotency WHERE tenant = ? AND key = ?')
    this.#read = prepare(
      `SELECT ${EVENT_COLUMNS} FROM stream s CROSS JOIN event e ON e.stream = s.id
         CROSS JOIN commit_meta c ON c.id = e.commit_id
       WHERE s.name = ? AND e.seq > ? ORDER BY e.seq ${LIMIT}`,
    )
    this.#scan = prepare(
      `SELECT ${EVENT_COLUMNS} FROM event e CROSS JOIN stream s ON s.id = e.stream
         CROSS JOIN commit_meta c ON c.id = e.commit_id
       WHERE e.position > ? ORDER BY e.position ${LIMIT}`,
    )
    this.#scanTenant = prepare(
      `SELECT ${EVENT_COLUMNS} FROM event e CROSS JOIN stream s ON s.id = e.stream
         CROSS JOIN commit_meta c ON c.id = e.commit_id
       WHERE e.tenant = ? AND e.position > ? ORDER BY e.position ${LIMIT}`,
    )
    this.#streams = prepare(`SELECT name, seq FROM stream WHERE name > ? AND name < ? ORDER BY name ${LIMIT}`)
    this.#scanPart = prepare(
      `SELECT ${EVENT_COLUMNS} FROM event e CROSS JOIN stream s ON s.id = e.stream
         CROSS JOIN commit_meta c ON c.id = e.commit_id
       WHERE e.position > ? AND e.stream % ? = ? ORDER BY e.position ${LIMIT}`,
    )
    this.#readAll = prepare(
      `SELECT ${EVENT_COLUMNS} FROM (SELECT DISTINCT value AS name FROM json_each(?)) wanted
         CROSS JOIN stream s ON s.name = wanted.name CROSS JOIN event e ON e.stream = s.id
         CROSS JOIN commit_meta c ON c.id = e.commit_id
       ORDER BY s.id, e.seq`,
    )
    // Seqs are contiguous, so a limit is a bound on seq.
    this.#readRanges = prepare(
      `SELECT wanted.key, ${EVENT_COLUMNS} FROM json_each(?) wanted
         CROSS JOIN stream s ON s.name = wanted.value ->> 0
         CROSS JOIN event e ON e.stream = s.id AND e.seq > wanted.value ->> 1 AND e.seq <= wanted.value ->> 2
         CROSS JOIN commit_meta c ON c.id = e.commit_id
       ORDER BY wanted.key, e.seq`,
    )
    this.#position = prepare('SELECT coalesce(max(position), 0) FROM event')
    this.#positionAt = prepare('SELECT position FROM mark WHERE at <= ? ORDER BY at DESC LIMIT 1')
  }

  async head(stream: StreamName): Promise<Head> {
    const latest = this.#events(() => this.#head.all(stream))
    return { seq: latest.at(-1)?.seq ?? 0, latest: decidable(latest) }
  }

  async seqs(streams: readonly StreamName[]): Promise<readonly number[]> {
    return this.#ask(() => this.#seqs.all(JSON.stringify(streams)).map(([seq]) => seq))
  }

  async claimOwner(tenant: TenantId, kind: ClaimKind, value: string): Promise<string | null> {
    return this.#ask(() => {
      const tenantId = this.#symbols.find(tenant)
      const kindId = this.#symbols.find(kind)
      return this.#claimOwner.get(tenantId, kindId, value)?.[0] ?? null
    })
  }

  async recall(tenant: TenantId, key: string): Promise<IdempotencyRecord | null> {
    const row = this.#ask(() => this.#recall.get(this.#symbols.find(tenant), key))
    return row === undefined ? null : { key, fingerprint: row[0], result: JSON.parse(row[1]) as Json }
  }

  async read(stream: StreamName, after: number, limit: number): Promise<readonly RecordedEvent[]> {
    return this.#events(() => this.#read.all(stream, after, limit))
  }

  async scan(after: number, limit: number): Promise<readonly RecordedEvent[]> {
    return this.#events(() => this.#scan.all(after, limit))
  }

  scanLazily(after: number, limit: number): Iterable<RecordedEvent> {
    return { [Symbol.iterator]: () => this.#pages(after, limit) }
  }

  async scanTenant(tenant: TenantId, after: number, limit: number): Promise<readonly RecordedEvent[]> {
    return this.#events(() => this.#scanTenant.all(this.#symbols.find(tenant), after, limit))
  }

  async streams(tenant: TenantId, after: string | null, limit: number): Promise<StreamPage> {
    // The names that begin with `tenant/`: "0" is the character after "/".
    const rows = this.#ask(() => this.#streams.all(after ?? `${tenant}/`, `${tenant}0`, limit + 1))
    const page = rows.slice(0, limit)
    const streams = page.map(([name]) => name as StreamName)
    const next = rows.length > limit ? (streams.at(-1) ?? null) : null
    return { streams, seqs: page.map(([, seq]) => seq), next }
  }

  async scanPart({ index, of }: LogPart, after: string | null): Promise<EventPage> {
    const events = this.#events(() => this.#scanPart.all(Number(after), of, index, PART_PAGE))
    const last = events.length < PART_PAGE ? undefined : events.at(-1)
    return { events, next: last === undefined ? null : String(last.position) }
  }

  async readAll(streams: readonly StreamName[]): Promise<readonly (readonly RecordedEvent[])[]> {
    const events = this.#events(() => this.#readAll.all(JSON.stringify(streams)))
    const byStream = Map.groupBy(events, ({ stream }) => stream)
    return streams.map((stream) => byStream.get(stream) ?? [])
  }

  async readRanges(ranges: readonly StreamRange[]): Promise<readonly (readonly RecordedEvent[])[]> {
    const wanted = JSON.stringify(ranges.map(({ stream, after, limit }) => [stream, after, after + limit]))
    const rows = this.#ask(() => this.#readRanges.all(wanted))
    const found = ranges.map((): RecordedEvent[] => [])
    const events = this.#events(() => rows.map(([, ...row]) => row))
    for (const [i, event] of events.entries()) found[rows[i]?.[0] ?? 0]?.push(event)
    return found
  }

  async position(): Promise<number> {
    return this.#ask(() => this.#position.get()?.[0] ?? 0)
  }

  async positionAt(time: number): Promise<number> {
    return this.#ask(() => this.#positionAt.get(time)?.[0] ?? 0)
  }

  async close(): Promise<void> {
    if (this.#db.isOpen) this.#db.close()
  }

  *#pages(after: number, limit: number): Generator<RecordedEvent, void> {
    for (let taken = 0; taken < limit; taken += LAZY_PAGE) {
      const most = Math.min(LAZY_PAGE, limit - taken)
      const page = this.#events(() => this.#scan.all(after + taken, most))
      yield* page
      if (page.length < most) return
    }
  }

  #events(ask: () => EventRow[]): RecordedEvent[] {
    return this.#ask(() => recordedEvents(ask(), this.#symbols))
  }

  #ask<A>(question: () => A): A {
    if (!this.#db.isOpen) throw new LogUnavailable('The log is closed')
    try {
      return question()
    } catch (error) {
      throw asUnavailable('read', error)
    }
  }
}
