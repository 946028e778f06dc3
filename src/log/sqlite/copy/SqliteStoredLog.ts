import type { DatabaseSync } from 'node:sqlite'
import type { Claim, ClaimKind } from '../../../domain/claims.ts'
import type { StreamName } from '../../../domain/streams.ts'
import type { StreamRange } from '../../../ops/past.ts'
import { LogUnavailable } from '../../EventLog.ts'
import type {
  PlacedEvent,
  RequestName,
  StoredHead,
  StoredLogReader,
  StoredPage,
  StoredRequest,
} from '../../StoredLog.ts'
import { openForReading, type Query, query } from '../database.ts'
import { asUnavailable } from '../failures.ts'
import { COMMIT_COLUMNS, type EventCells, readMeta } from '../rows.ts'
import { requireCurrentSchema } from '../schema.ts'
import { Symbols } from '../symbols.ts'

type PlacedRow = readonly [range: number, ...cells: EventCells]

/** Where a page begins: what it is of, and after which of them. */
type Place =
  | readonly ['streams', number]
  | readonly ['claims', number, number, string]
  | readonly ['requests', number, string]

const STREAMS_AT_ONCE = 500
const NAMES_AT_ONCE = 1_000

/** Of a log that exists; rejects with `LogUnavailable` if there is none. */
export async function openSqliteStoredLog({ file }: { readonly file: string }): Promise<StoredLogReader> {
  let db: DatabaseSync | undefined
  try {
    db = openForReading(file)
    requireCurrentSchema(db, file)
    return new SqliteStoredLog(db)
  } catch (error) {
    db?.close()
    throw asUnavailable(`opened (${file})`, error)
  }
}

/** Each question is one statement, as of one moment. */
export class SqliteStoredLog implements StoredLogReader {
  readonly epoch: string
  readonly secret: string
  protected readonly db: DatabaseSync
  readonly #symbols: Symbols
  readonly #size: Query<[number]>
  readonly #streams: Query<[id: number, name: string, seq: number, hash: string | null]>
  readonly #claims: Query<[tenant: number, kind: number, value: string, owner: string]>
  readonly #requests: Query<[tenant: number, key: string, fingerprint: string, result: string]>
  readonly #heads: Query<[seq: number, hash: string | null]>
  readonly #ranges: Query<PlacedRow>
  readonly #owner: Query<[string]>
  readonly #request: Query<[fingerprint: string, result: string]>

  constructor(db: DatabaseSync) {
    this.db = db
    const meta = query<[string]>(db, 'SELECT value FROM meta WHERE name = ?')
    this.epoch = meta.get('epoch')?.[0] ?? ''
    this.secret = meta.get('secret')?.[0] ?? ''
    this.#symbols = new Symbols(db)
    this.#size = query(db, 'SELECT coalesce(max(position), 0) FROM event')
    this.#streams = query(db, 'SELECT id, name, seq, hash FROM stream WHERE id > ? ORDER BY id LIMIT ?')
    this.#claims = query(
      db,
      `SELECT tenant, kind, value, owner FROM claim WHERE (tenant, kind, value) > (?, ?, ?)
       ORDER BY tenant, kind, value LIMIT ?`,
    )
    this.#requests = query(
      db,
      `SELECT tenant, key, fingerprint, result FROM idempotency WHERE (tenant, key) > (?, ?)
       ORDER BY tenant, key LIMIT ?`,
    )
    this.#heads = query(
      db,
      `SELECT coalesce(s.seq, 0), coalesce(s.hash, '') FROM json_each(?) wanted
         LEFT JOIN stream s ON s.name = wanted.value ORDER BY wanted.key`,
    )
    this.#ranges = query(
      db,
      `SELECT wanted.key, e.seq, e.position, e.type, e.version, e.data, e.delay, c.id, ${COMMIT_COLUMNS}
       FROM json_each(?) wanted
         CROSS JOIN stream s ON s.name = wanted.value ->> 0
         CROSS JOIN event e ON e.stream = s.id AND e.seq > wanted.value ->> 1 AND e.seq <= wanted.value ->> 2
         CROSS JOIN commit_meta c ON c.id = e.commit_id
       ORDER BY wanted.key, e.seq`,
    )
    this.#owner = query(db, 'SELECT owner FROM claim WHERE tenant = ? AND kind = ? AND value = ?')
    this.#request = query(db, 'SELECT fingerprint, result FROM idempotency WHERE tenant = ? AND key = ?')
  }

  async size(): Promise<number | null> {
    return this.ask(() => this.#size.get()?.[0] ?? 0)
  }

  async page(after: string | null): Promise<StoredPage> {
    const place = after === null ? (['streams', 0] as const) : (JSON.parse(after) as Place)
    const page = this.ask(() => this.#page(place))
    const nothing = { heads: [], claims: [], requests: [] }
    return { ...nothing, ...page, next: page.next === null ? null : JSON.stringify(page.next) }
  }

  #page(place: Place): Partial<Omit<StoredPage, 'next'>> & { readonly next: Place | null } {
    switch (place[0]) {
      case 'streams': {
        const rows = this.#streams.all(place[1], STREAMS_AT_ONCE)
        const last = rows.length < STREAMS_AT_ONCE ? undefined : rows.at(-1)
        return {
          heads: rows.map(([, stream, seq, hash]) => headOf(stream, seq, hash)),
          next: last === undefined ? ['claims', -1, -1, ''] : ['streams', last[0]],
        }
      }
      case 'claims': {
        const rows = this.#claims.all(...place.slice(1), NAMES_AT_ONCE)
        const [tenant, kind, value] = (rows.length < NAMES_AT_ONCE ? undefined : rows.at(-1)) ?? []
        return {
          claims: rows.map(([tenant, kind, value, owner]): Claim => {
            const kindName = this.#symbols.textOf(kind) as ClaimKind
            return { tenant: this.#symbols.textOf(tenant), kind: kindName, value, owner }
          }),
          next:
            tenant === undefined || kind === undefined || value === undefined
              ? ['requests', -1, '']
              : ['claims', tenant, kind, value],
        }
      }
      case 'requests': {
        const rows = this.#requests.all(...place.slice(1), NAMES_AT_ONCE)
        const last = rows.length < NAMES_AT_ONCE ? undefined : rows.at(-1)
        return {
          requests: rows.map(([tenant, key, fingerprint, result]) => {
            return { tenant: this.#symbols.textOf(tenant), key, fingerprint, result }
          }),
          next: last === undefined ? null : ['requests', last[0], last[1]],
        }
      }
    }
  }

  async heads(streams: readonly StreamName[]): Promise<readonly StoredHead[]> {
    const rows = this.ask(() => this.#heads.all(JSON.stringify(streams)))
    return rows.map(([seq, hash], index) => headOf(streams[index] ?? '', seq, hash))
  }

  async ranges(ranges: readonly StreamRange[]): Promise<readonly (readonly PlacedEvent[])[]> {
    const wanted = ranges.map(({ stream, after, limit }) => [stream, after, after + limit])
    return this.ask(() => {
      const found = ranges.map((): PlacedEvent[] => [])
      for (const [range, seq, position, type, version, data, delay, commit, ...row] of this.#ranges.all(
        JSON.stringify(wanted),
      )) {
        const stream = ranges[range]?.stream
        if (stream === undefined) continue
        found[range]?.push({
          stream,
          seq,
          position,
          version,
          data,
          name: this.#symbols.textOf(type),
          meta: readMeta(row, delay, this.#symbols),
          commit: `${this.epoch}.${String(commit).padStart(COMMIT_DIGITS, '0')}`,
        })
      }
      return found
    })
  }

  async owners(names: readonly Omit<Claim, 'owner'>[]): Promise<readonly (string | null)[]> {
    const find = (text: string) => this.#symbols.find(text)
    return this.ask(() =>
      names.map(({ tenant, kind, value }) => this.#owner.get(find(tenant), find(kind), value)?.[0] ?? null),
    )
  }

  async requests(names: readonly RequestName[]): Promise<readonly (StoredRequest | null)[]> {
    return this.ask(() =>
      names.map(({ tenant, key }) => {
        const row = this.#request.get(this.#symbols.find(tenant), key)
        return row === undefined ? null : { tenant, key, fingerprint: row[0], result: row[1] }
      }),
    )
  }

  async close(): Promise<void> {
    if (this.db.isOpen) this.db.close()
  }

  protected ask<A>(question: () => A): A {
    try {
      return question()
    } catch (error) {
      throw asUnavailable('read', error)
    }
  }
}

/** So that the names of commits sort as they were made. */
const COMMIT_DIGITS = 12

function headOf(stream: string, seq: number, hash: string | null): StoredHead {
  if (hash === null) throw new LogUnavailable('The log is still being brought up to date: try again later')
  return { stream: stream as StreamName, seq, hash }
}
