import { decodeEvent, type EventMeta, type RecordedEvent } from '../../domain/events.ts'
import type { StreamName, TenantId } from '../../domain/streams.ts'
import type { StreamRange } from '../../ops/past.ts'
import { type JournalReader, ViewsLost } from '../ViewStore.ts'
import { Connections } from './Connections.ts'
import { connectingToJournal, type PostgresViews } from './options.ts'
import type { Value } from './Statements.ts'
import { createIfMissing } from './schema.ts'

const CONNECTIONS = 4
const MINUTE_MS = 60_000

type Cells = [
  position: number,
  stream: StreamName,
  seq: number,
  version: number,
  meta: string,
  name: string,
  form: number,
  data: string,
]

const CELLS = 'position, stream, seq, version, meta, name, form, data'

/**
 * What is found, each row with whether the journal is that of the epoch $1; if nothing is, a row that says this alone. In one statement,
 * so that no page is of another journal than its last column says.
 */
const ofEpoch = (found: string, order: string): string =>
  `SELECT f.*, h.epoch = $1 FROM journal_head h LEFT JOIN LATERAL (${found}) f ON h.epoch = $1 ORDER BY ${order}`

const PAGE = ofEpoch(
  `SELECT ${CELLS} FROM journal WHERE tenant = $2 AND position > $3 ORDER BY position LIMIT $4`,
  'position',
)

const PAGE_OF_ALL = ofEpoch(
  `SELECT ${CELLS} FROM journal WHERE position > $2 ORDER BY position LIMIT $3`,
  'position',
)

/** With which of the ranges an event is of, from 1. */
const RANGES = ofEpoch(
  `SELECT w.nth, ${CELLS}
   FROM unnest($2::text[], $3::bigint[], $4::bigint[]) WITH ORDINALITY w (wanted, after, most, nth)
   CROSS JOIN LATERAL (
     SELECT ${CELLS} FROM journal WHERE stream = w.wanted AND seq > w.after ORDER BY seq LIMIT w.most) found`,
  'nth, seq',
)

const POSITION_AT = ofEpoch(
  'SELECT position FROM journal_minutes WHERE minute < $2 ORDER BY minute DESC LIMIT 1',
  'position',
)

const POSITION = 'SELECT position, epoch = $1 FROM journal_head'

/** Opens the journal of these views, an empty one if there is none. Rejects as `openPostgresViewReader` does. */
export async function openPostgresJournal(options: PostgresViews): Promise<PostgresJournal> {
  const connecting = connectingToJournal(options)
  await createIfMissing(connecting)
  const connections = new Connections(connecting, CONNECTIONS)
  try {
    const row = await connections.call((sql) => sql.get<[string]>('SELECT epoch FROM journal_head'))
    if (row === undefined) throw new ViewsLost()
    return new PostgresJournal(connections, row[0])
  } catch (error) {
    await connections.close()
    throw error
  }
}

/** The journal that views keep: whole events, so that whoever follows it has no need of the log. */
export class PostgresJournal implements JournalReader {
  readonly epoch: string
  readonly #connections: Connections

  constructor(connections: Connections, epoch: string) {
    this.#connections = connections
    this.epoch = epoch
  }

  async scanTenant(tenant: TenantId, after: number, limit: number): Promise<readonly RecordedEvent[]> {
    return (await this.#all<Cells>(PAGE, tenant, after, limit)).map(readEvent)
  }

  async scan(after: number, limit: number): Promise<readonly RecordedEvent[]> {
    return (await this.#all<Cells>(PAGE_OF_ALL, after, limit)).map(readEvent)
  }

  async positionAt(time: number): Promise<number> {
    return (await this.#all<[number]>(POSITION_AT, Math.floor(time / MINUTE_MS)))[0]?.[0] ?? 0
  }

  async position(): Promise<number> {
    return (await this.#all<[number]>(POSITION))[0]?.[0] ?? 0
  }

  readAll(streams: readonly StreamName[]): Promise<readonly (readonly RecordedEvent[])[]> {
    return this.readRanges(streams.map((stream) => ({ stream, after: 0, limit: Number.MAX_SAFE_INTEGER })))
  }

  async readRanges(ranges: readonly StreamRange[]): Promise<readonly (readonly RecordedEvent[])[]> {
    const found: RecordedEvent[][] = ranges.map(() => [])
    if (ranges.length === 0) return found
    const rows = await this.#all<[number, ...Cells]>(
      RANGES,
      ranges.map(({ stream }) => stream),
      ranges.map(({ after }) => after),
      ranges.map(({ limit }) => limit),
    )
    for (const [nth, ...cells] of rows) found[nth - 1]?.push(readEvent(cells))
    return found
  }

  close(): Promise<void> {
    return this.#connections.close()
  }

  /** Rows with what `ofEpoch` puts after them. */
  async #all<Row extends readonly unknown[]>(statement: string, ...values: Value[]): Promise<Row[]> {
    const rows = await this.#connections.call((sql) => sql.all<Row>(statement, this.epoch, ...values))
    if (rows[0]?.at(-1) !== true) throw new ViewsLost()
    return rows[0][0] === null ? [] : rows
  }
}

/** What a newer release has written is read as it would be from the log. */
const readEvent = ([position, stream, seq, version, meta, name, form, data]: Cells): RecordedEvent => ({
  ...{ stream, seq, position, version },
  meta: JSON.parse(meta) as EventMeta,
  event: decodeEvent(name, form, data),
})
